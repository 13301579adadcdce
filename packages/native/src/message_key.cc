// See message_key.h.
#include "message_key.h"

#include <string.h>

#include <algorithm>
#include <array>

#include "chunk_key.h"
#include "openssl.h"

namespace tresor {
namespace {

constexpr size_t kBlockSize = 128;
constexpr size_t kHashSize = 64;
// With the zero byte that ends it.
constexpr char kLabel[] = "c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM";
static_assert(sizeof kLabel == 48);

using Info = std::initializer_list<std::span<const uint8_t>>;
using Hash = std::array<uint8_t, kHashSize>;

bool Digest(EvpDigestContext* context, std::span<const uint8_t> pad, Info parts, std::span<const uint8_t> last, Hash& out) {
  const OpenSsl& ssl = OpenSsl::Get();
  bool fine = ssl.digestInit(context, ssl.sha512, nullptr) == 1 && ssl.digestUpdate(context, pad.data(), pad.size()) == 1;
  for (const auto& part : parts) fine = fine && ssl.digestUpdate(context, part.data(), part.size()) == 1;
  return fine && ssl.digestUpdate(context, last.data(), last.size()) == 1 &&
         ssl.digestFinal(context, out.data(), nullptr) == 1;
}

/** HMAC-SHA-512 (RFC 2104) with a key that is no longer than a block. */
class Hmac {
 public:
  Hmac(EvpDigestContext* context, std::span<const uint8_t> key) : context_(context) {
    inner_.fill(0x36);
    outer_.fill(0x5c);
    for (size_t index = 0; index < key.size(); ++index) {
      inner_[index] ^= key[index];
      outer_[index] ^= key[index];
    }
  }
  ~Hmac() {
    explicit_bzero(inner_.data(), kBlockSize);
    explicit_bzero(outer_.data(), kBlockSize);
  }
  Hmac(const Hmac&) = delete;
  Hmac& operator=(const Hmac&) = delete;

  bool Run(std::span<const uint8_t> first, Info parts, std::span<const uint8_t> last, Hash& out) {
    std::array<uint8_t, kBlockSize + kHashSize> head;
    std::copy(inner_.begin(), inner_.end(), head.begin());
    std::copy(first.begin(), first.end(), head.begin() + kBlockSize);
    Hash inner;
    const bool fine = Digest(context_, {head.data(), kBlockSize + first.size()}, parts, last, inner) &&
                      Digest(context_, outer_, {}, inner, out);
    explicit_bzero(head.data(), head.size());
    explicit_bzero(inner.data(), inner.size());
    return fine;
  }

 private:
  EvpDigestContext* context_;
  std::array<uint8_t, kBlockSize> inner_;
  std::array<uint8_t, kBlockSize> outer_;
};

}  // namespace

bool Expand(std::span<const uint8_t> key, Info info, std::span<uint8_t> out) {
  const ErrorMark mark;
  const DigestContext context(OpenSsl::Get().digestContextNew());
  if (context == nullptr || key.size() > kBlockSize || out.size() > kMaxExpand) return false;
  Hmac hmac(context.get(), key);
  Hash block{};
  bool fine = true;
  for (size_t done = 0; done < out.size() && fine; done += kHashSize) {
    const uint8_t counter = static_cast<uint8_t>(done / kHashSize + 1);
    const Hash before = block;
    const std::span<const uint8_t> first = done == 0 ? std::span<const uint8_t>() : std::span<const uint8_t>(before);
    fine = hmac.Run(first, info, {&counter, 1}, block);
    std::copy_n(block.begin(), std::min(kHashSize, out.size() - done), out.begin() + static_cast<ptrdiff_t>(done));
    explicit_bzero(const_cast<uint8_t*>(before.data()), before.size());
  }
  explicit_bzero(block.data(), block.size());
  return fine;
}

bool DeriveMessageKey(std::span<const uint8_t> key, std::span<const uint8_t> context, std::span<const uint8_t> salt,
                      std::span<uint8_t> secret, std::span<uint8_t> commitment) {
  std::array<uint8_t, kKeySize + kNonceSize + kCommitmentSize> derived;
  const std::span<const uint8_t> label(reinterpret_cast<const uint8_t*>(kLabel), sizeof kLabel);
  const bool fine = Expand(key, {label, salt, context}, derived);
  std::copy_n(derived.begin(), kKeySize + kNonceSize, secret.begin());
  std::copy_n(derived.begin() + kKeySize + kNonceSize, kCommitmentSize, commitment.begin());
  explicit_bzero(derived.data(), derived.size());
  return fine;
}

}  // namespace tresor
