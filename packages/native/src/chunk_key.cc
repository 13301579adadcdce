// See chunk_key.h.
#include "chunk_key.h"

#include <string.h>

#include <algorithm>

#include "openssl.h"

namespace tresor {
namespace {

// Numbers of EVP_CIPHER_CTX_ctrl, the same for all ciphers of this kind.
constexpr int kControlGetTag = 0x10;
constexpr int kControlSetTag = 0x11;

const EvpCipher* CipherOf(Scheme scheme) {
  const OpenSsl& ssl = OpenSsl::Get();
  return scheme == Scheme::kCobblestone ? ssl.aes256Gcm : ssl.chacha20Poly1305;
}

/** Seals one chunk into `out`, which has room for the tag too. */
bool SealChunk(EvpCipherContext* context, const uint8_t* nonce, std::span<const uint8_t> in, uint8_t* out) {
  const OpenSsl& ssl = OpenSsl::Get();
  int size = 0;
  if (ssl.encryptInit(context, nullptr, nullptr, nonce, nullptr) != 1) return false;
  // An empty chunk has nothing to encrypt, and a null pointer would mean something else to OpenSSL.
  if (!in.empty() && ssl.encryptUpdate(context, out, &size, in.data(), static_cast<int>(in.size())) != 1) return false;
  if (static_cast<size_t>(size) != in.size()) return false;
  uint8_t none[kTagSize];
  return ssl.encryptFinal(context, none, &size) == 1 &&
         ssl.cipherContextControl(context, kControlGetTag, kTagSize, out + in.size()) == 1;
}

/** Opens one chunk, tag and all. `out` may hold plaintext that is not genuine when this is false. */
bool OpenChunk(EvpCipherContext* context, const uint8_t* nonce, std::span<const uint8_t> sealed, uint8_t* out) {
  const OpenSsl& ssl = OpenSsl::Get();
  const std::span<const uint8_t> in = sealed.first(sealed.size() - kTagSize);
  int size = 0;
  uint8_t tag[kTagSize];
  std::copy(sealed.end() - kTagSize, sealed.end(), tag);
  if (ssl.decryptInit(context, nullptr, nullptr, nonce, nullptr) != 1) return false;
  if (ssl.cipherContextControl(context, kControlSetTag, kTagSize, tag) != 1) return false;
  if (!in.empty() && ssl.decryptUpdate(context, out, &size, in.data(), static_cast<int>(in.size())) != 1) return false;
  if (static_cast<size_t>(size) != in.size()) return false;
  uint8_t none[kTagSize];
  return ssl.decryptFinal(context, none, &size) == 1;
}

bool OpenChunks(EvpCipherContext* context, const ChunkKey& key, const Part& part) {
  const size_t full = ChunkSize(key.scheme) + kTagSize;
  for (size_t index = 0; index < part.chunks; ++index) {
    const auto nonce = key.Nonce(part.firstChunk + index, part.last && index + 1 == part.chunks);
    const auto sealed = part.in.subspan(index * full, std::min(full, part.in.size() - index * full));
    if (!OpenChunk(context, nonce.data(), sealed, part.out.data() + index * (full - kTagSize))) return false;
  }
  return true;
}

}  // namespace

std::optional<size_t> CountChunks(Scheme scheme, size_t plainSize, const Run& run) {
  const size_t size = ChunkSize(scheme);
  const size_t full = plainSize / size;
  const size_t rest = plainSize % size;
  if (!run.last) return rest == 0 && full > 0 ? std::optional(full) : std::nullopt;
  if (scheme == Scheme::kCobblestone) return full + 1;
  if (plainSize == 0) return run.first == 0 ? std::optional<size_t>(1) : std::nullopt;
  return full + (rest > 0 ? 1 : 0);
}

std::optional<size_t> PlainSize(Scheme scheme, size_t sealedSize, const Run& run) {
  const size_t full = ChunkSize(scheme) + kTagSize;
  const bool endsShort = run.last && scheme == Scheme::kCobblestone;
  const size_t count = endsShort ? sealedSize / full + 1 : (sealedSize + full - 1) / full;
  if (sealedSize < count * kTagSize) return std::nullopt;
  const size_t plainSize = sealedSize - count * kTagSize;
  return CountChunks(scheme, plainSize, run) == count ? std::optional(plainSize) : std::nullopt;
}

std::array<uint8_t, kNonceSize> ChunkKey::Nonce(uint64_t chunk, bool last) const {
  std::array<uint8_t, kNonceSize> nonce;
  std::copy_n(secret + kKeySize, kNonceSize, nonce.begin());
  const size_t end = scheme == Scheme::kCobblestone ? kNonceSize : kNonceSize - 1;
  for (size_t index = 0; index < sizeof chunk; ++index) {
    nonce[end - 1 - index] ^= static_cast<uint8_t>(chunk >> (8 * index));
  }
  if (last && scheme == Scheme::kStream) nonce[kNonceSize - 1] = 1;
  return nonce;
}

bool SealPart(const ChunkKey& key, const Part& part) {
  const ErrorMark mark;
  const OpenSsl& ssl = OpenSsl::Get();
  const CipherContext context(ssl.cipherContextNew());
  if (context == nullptr) return false;
  if (ssl.encryptInit(context.get(), CipherOf(key.scheme), key.secret, nullptr, nullptr) != 1) return false;
  const size_t full = ChunkSize(key.scheme);
  for (size_t index = 0; index < part.chunks; ++index) {
    const auto nonce = key.Nonce(part.firstChunk + index, part.last && index + 1 == part.chunks);
    const auto plain = part.in.subspan(index * full, std::min(full, part.in.size() - index * full));
    if (!SealChunk(context.get(), nonce.data(), plain, part.out.data() + index * (full + kTagSize))) return false;
  }
  return true;
}

bool OpenPart(const ChunkKey& key, const Part& part) {
  const ErrorMark mark;
  const OpenSsl& ssl = OpenSsl::Get();
  const CipherContext context(ssl.cipherContextNew());
  const bool opened = context != nullptr &&
                      ssl.decryptInit(context.get(), CipherOf(key.scheme), key.secret, nullptr, nullptr) == 1 &&
                      OpenChunks(context.get(), key, part);
  if (!opened && !part.out.empty()) explicit_bzero(part.out.data(), part.out.size());
  return opened;
}

}  // namespace tresor
