// Bulk encryption that is done when the call returns. index.d.ts describes the calls; what a run is, chunk_key.h.
#include <napi.h>
#include <string.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "addon_data.h"
#include "aead_arguments.h"
#include "aead_jobs.h"
#include "calls.h"
#include "failure.h"
#include "message_key.h"
#include "open_into.h"
#include "openssl.h"
#include "share.h"

namespace tresor {
namespace {

constexpr const char* kWrongRun = "the bytes: expected the length of a run of chunks";

Napi::Value ThrowNoMemory(Napi::Env env) {
  Failure failure;
  failure.error = ENOMEM;
  failure.syscall = "malloc";
  failure.target = "for bulk encryption";
  Napi::Error(env, ToError(env, failure)).ThrowAsJavaScriptException();
  return env.Undefined();
}

/** The derived key of a message in memory that is zeroed at the end of the call. */
struct StackSecret {
  std::array<uint8_t, kSecretSize> bytes{};
  ~StackSecret() { explicit_bzero(bytes.data(), bytes.size()); }
};

Napi::Value SealMessage(const Napi::CallbackInfo& info) {
  AeadArguments arguments(info);
  const auto key = arguments.TakeSecret();
  const auto context = arguments.TakeArray("context: expected a Uint8Array of at most 64 KiB", 0, 65536).bytes;
  const auto salt = arguments.TakeArray("salt: expected a Uint8Array of 24 bytes", kSaltSize, kSaltSize).bytes;
  const auto plain = arguments.TakeArray("plaintext: expected a Uint8Array of at most 1 GiB", 0, kMaxCall).bytes;
  if (!arguments.valid()) return info.Env().Undefined();
  const size_t chunks = *CountChunks(Scheme::kCobblestone, plain.size(), {0, true});
  const auto buffer = Buffer::Allocate(kMessageHeaderSize + plain.size() + chunks * kTagSize);
  StackSecret secret;
  if (buffer == nullptr) return ThrowNoMemory(info.Env());
  const std::span<uint8_t> out = buffer->bytes();
  std::copy(salt.begin(), salt.end(), out.begin());
  const bool sealed =
      DeriveMessageKey(key, context, salt, secret.bytes, out.subspan(kSaltSize, kCommitmentSize)) &&
      SealPart({Scheme::kCobblestone, secret.bytes.data()}, {0, chunks, true, plain, out.subspan(kMessageHeaderSize)});
  return sealed ? GiveAway(info.Env(), buffer) : ThrowNoMemory(info.Env());
}

/** Compares in a time that does not depend on the contents. */
bool SameCommitment(std::span<const uint8_t> a, std::span<const uint8_t> b) {
  volatile uint8_t difference = 0;
  for (size_t index = 0; index < kCommitmentSize; ++index) difference = difference | (a[index] ^ b[index]);
  return difference == 0;
}

Napi::Value OpenMessage(const Napi::CallbackInfo& info) {
  AeadArguments arguments(info);
  const auto key = arguments.TakeSecret();
  const auto context = arguments.TakeArray("context: expected a Uint8Array of at most 64 KiB", 0, 65536).bytes;
  const auto view = arguments.TakeArray("sealed: expected a Uint8Array of 72 bytes to 1 GiB",
                                        kMessageHeaderSize + kTagSize, kMaxCall);
  if (!arguments.valid()) return info.Env().Undefined();
  const auto plainSize = PlainSize(Scheme::kCobblestone, view.bytes.size() - kMessageHeaderSize, {0, true});
  if (!plainSize) return ThrowArgument(info.Env(), kWrongRun);
  // What other threads may change meanwhile is read once.
  const auto copy = view.shared ? Buffer::Copy(view.bytes) : nullptr;
  const auto buffer = Buffer::Allocate(*plainSize);
  if (buffer == nullptr || (view.shared && copy == nullptr)) return ThrowNoMemory(info.Env());
  const std::span<const uint8_t> sealed = copy == nullptr ? view.bytes : copy->bytes();
  StackSecret secret;
  std::array<uint8_t, kCommitmentSize> commitment;
  const size_t chunks = *CountChunks(Scheme::kCobblestone, *plainSize, {0, true});
  const bool opened =
      DeriveMessageKey(key, context, sealed.first(kSaltSize), secret.bytes, commitment) &&
      SameCommitment(commitment, sealed.subspan(kSaltSize)) &&
      OpenPart({Scheme::kCobblestone, secret.bytes.data()},
               {0, chunks, true, sealed.subspan(kMessageHeaderSize), buffer->bytes()});
  return opened ? GiveAway(info.Env(), buffer) : info.Env().Undefined();
}

Napi::Value DeriveChunkKey(const Napi::CallbackInfo& info) {
  AeadArguments arguments(info);
  const auto key = arguments.TakeSecret();
  const auto context = arguments.TakeArray("context: expected a Uint8Array of at most 64 KiB", 0, 65536).bytes;
  const auto salt = arguments.TakeArray("salt: expected a Uint8Array of 24 bytes", kSaltSize, kSaltSize).bytes;
  if (!arguments.valid()) return info.Env().Undefined();
  KeySlots::Slot slot = AddonData::Of(info.Env()).keySlots.Take();
  if (!slot.valid()) return ThrowNoMemory(info.Env());
  const auto held = Share<HeldKey>(Scheme::kCobblestone, std::move(slot));
  std::array<uint8_t, kCommitmentSize> commitment;
  if (!DeriveMessageKey(key, context, salt, held->bytes(), commitment)) return ThrowNoMemory(info.Env());
  const Napi::Object result = Napi::Object::New(info.Env());
  result.Set("chunkKey", CreateChunkKeyHandle(info.Env(), held));
  result.Set("commitment", CopyBytes(info.Env(), commitment));
  return result;
}

Napi::Value ImportStreamKey(const Napi::CallbackInfo& info) {
  AeadArguments arguments(info);
  const auto key = arguments.TakeSecret();
  if (!arguments.valid()) return info.Env().Undefined();
  KeySlots::Slot slot = AddonData::Of(info.Env()).keySlots.Take();
  if (!slot.valid()) return ThrowNoMemory(info.Env());
  const auto held = Share<HeldKey>(Scheme::kStream, std::move(slot));
  std::copy(key.begin(), key.end(), held->bytes().begin());
  return CreateChunkKeyHandle(info.Env(), held);
}

Napi::Value WipeChunkKey(const Napi::CallbackInfo& info) {
  AeadArguments arguments(info);
  ChunkKeyHandle* handle = arguments.TakeHandle();
  if (arguments.valid()) handle->key = nullptr;
  return info.Env().Undefined();
}

Napi::Value ExpandKey(const Napi::CallbackInfo& info) {
  AeadArguments arguments(info);
  const auto key = arguments.TakeSecret();
  const auto label = arguments.TakeArray("info: expected a Uint8Array of at most 64 KiB", 0, 65536).bytes;
  const Region* target = arguments.TakeLiveRegion();
  arguments.Require(target == nullptr || target->size <= kMaxExpand, "target: expected at most 128 bytes");
  if (!arguments.valid()) return info.Env().Undefined();
  return Expand(key, {label}, target->pages.bytes()) ? info.Env().Undefined() : ThrowNoMemory(info.Env());
}

Napi::Value SealRun(const Napi::CallbackInfo& info) {
  AeadArguments arguments(info);
  const auto key = arguments.TakeChunkKey();
  const Run run = arguments.TakeRun();
  const auto plain = arguments.TakeArray("plaintext: expected a Uint8Array of at most 1 GiB", 0, kMaxCall).bytes;
  if (!arguments.valid()) return info.Env().Undefined();
  const auto chunks = CountChunks(key->scheme(), plain.size(), run);
  if (!chunks || run.first + *chunks > kMaxChunks) return ThrowArgument(info.Env(), kWrongRun);
  const auto buffer = Buffer::Allocate(plain.size() + *chunks * kTagSize);
  if (buffer == nullptr) return ThrowNoMemory(info.Env());
  const bool sealed = SealPart(key->view(), {run.first, *chunks, run.last, plain, buffer->bytes()});
  return sealed ? GiveAway(info.Env(), buffer) : ThrowNoMemory(info.Env());
}

bool Overlap(std::span<const uint8_t> a, std::span<const uint8_t> b) {
  return a.data() < b.data() + b.size() && b.data() < a.data() + a.size();
}

Napi::Value SealInto(const Napi::CallbackInfo& info) {
  AeadArguments arguments(info);
  const auto key = arguments.TakeChunkKey();
  const Run run = arguments.TakeRun();
  auto plain = arguments.TakeArray("plaintext: expected a Uint8Array of at most 1 GiB", 0, kMaxCall).bytes;
  const auto out = arguments.TakeArray("target: expected a Uint8Array", 0, 2 * kMaxCall).bytes;
  if (!arguments.valid()) return info.Env().Undefined();
  const auto chunks = CountChunks(key->scheme(), plain.size(), run);
  if (!chunks || run.first + *chunks > kMaxChunks) return ThrowArgument(info.Env(), kWrongRun);
  if (out.size() != plain.size() + *chunks * kTagSize) {
    return ThrowArgument(info.Env(), "target: expected exactly the length of the sealed run");
  }
  const auto copy = Overlap(plain, out) ? Buffer::Copy(plain) : nullptr;
  if (copy != nullptr) plain = copy->bytes();
  const bool sealed = SealPart(key->view(), {run.first, *chunks, run.last, plain, out});
  return sealed ? info.Env().Undefined() : ThrowNoMemory(info.Env());
}

Napi::Value OpenIntoTarget(const Napi::CallbackInfo& info) {
  AeadArguments arguments(info);
  const auto key = arguments.TakeChunkKey();
  const Run run = arguments.TakeRun();
  const auto view = arguments.TakeArray("sealed: expected a Uint8Array of at most 1 GiB", 0, kMaxCall);
  const auto target = arguments.TakeArray("target: expected a Uint8Array", 0, kMaxCall).bytes;
  const size_t skip = arguments.TakeSize("skip: expected an integer from 0 to 1073741824", 0, kMaxCall);
  if (!arguments.valid()) return info.Env().Undefined();
  const auto plainSize = PlainSize(key->scheme(), view.bytes.size(), run);
  const auto chunks = plainSize ? CountChunks(key->scheme(), *plainSize, run) : std::nullopt;
  if (!chunks || run.first + *chunks > kMaxChunks) return ThrowArgument(info.Env(), kWrongRun);
  if (skip > *plainSize || target.size() > *plainSize - skip) {
    return ThrowArgument(info.Env(), "target: expected no more bytes than there are from skip on");
  }
  const bool copied = view.shared || Overlap(view.bytes, target);
  const auto copy = copied ? Buffer::Copy(view.bytes) : nullptr;
  if (copied && copy == nullptr) return ThrowNoMemory(info.Env());
  const std::span<const uint8_t> sealed = copy == nullptr ? view.bytes : copy->bytes();
  const bool opened = OpenInto(key->view(), {run.first, *chunks, run.last, sealed, {}}, skip, target);
  if (!opened) std::fill(target.begin(), target.end(), 0);
  return Napi::Boolean::New(info.Env(), opened);
}

Napi::Value OpenRun(const Napi::CallbackInfo& info) {
  AeadArguments arguments(info);
  const auto key = arguments.TakeChunkKey();
  const Run run = arguments.TakeRun();
  const auto view = arguments.TakeArray("sealed: expected a Uint8Array of at most 1 GiB", 0, kMaxCall);
  if (!arguments.valid()) return info.Env().Undefined();
  const auto plainSize = PlainSize(key->scheme(), view.bytes.size(), run);
  if (!plainSize) return ThrowArgument(info.Env(), kWrongRun);
  const size_t chunks = *CountChunks(key->scheme(), *plainSize, run);
  if (run.first + chunks > kMaxChunks) return ThrowArgument(info.Env(), kWrongRun);
  const auto copy = view.shared ? Buffer::Copy(view.bytes) : nullptr;
  const auto buffer = Buffer::Allocate(*plainSize);
  if (buffer == nullptr || (view.shared && copy == nullptr)) return ThrowNoMemory(info.Env());
  const std::span<const uint8_t> sealed = copy == nullptr ? view.bytes : copy->bytes();
  const bool opened = OpenPart(key->view(), {run.first, chunks, run.last, sealed, buffer->bytes()});
  return opened ? GiveAway(info.Env(), buffer) : info.Env().Undefined();
}

Napi::Value AllocateBuffer(const Napi::CallbackInfo& info) {
  MemoryArguments arguments(info);
  const size_t size = arguments.TakeSize("size: expected an integer from 0 to 1073741824", 0, kMaxCall);
  if (!arguments.valid()) return info.Env().Undefined();
  const auto buffer = Buffer::Allocate(size);
  if (buffer == nullptr) return ThrowNoMemory(info.Env());
  std::fill(buffer->bytes().begin(), buffer->bytes().end(), 0);
  return AddonData::Of(info.Env()).loans.Lend(info.Env(), buffer);
}

template <Napi::Value (*call)(const Napi::CallbackInfo&)>
void Define(Napi::Object object, const char* name) {
  object.Set(name, Napi::Function::New<call>(object.Env(), name));
}

}  // namespace

Napi::Object AeadCalls(Napi::Env env) {
  Napi::Object aead = Napi::Object::New(env);
  const char* obstacle = OpenSsl::Get().obstacle;
  if (obstacle != nullptr) {
    aead.Set("obstacle", obstacle);
    return aead;
  }
  Define<SealMessage>(aead, "sealMessage");
  Define<OpenMessage>(aead, "openMessage");
  Define<DeriveChunkKey>(aead, "deriveChunkKey");
  Define<ImportStreamKey>(aead, "importStreamKey");
  Define<WipeChunkKey>(aead, "wipeChunkKey");
  Define<ExpandKey>(aead, "expandKey");
  Define<SealRun>(aead, "seal");
  Define<OpenRun>(aead, "open");
  Define<SealInto>(aead, "sealInto");
  Define<OpenIntoTarget>(aead, "openInto");
  Define<SealAsync>(aead, "sealAsync");
  Define<OpenAsync>(aead, "openAsync");
  Define<ReadAsync>(aead, "readAsync");
  Define<AllocateBuffer>(aead, "allocate");
  return aead;
}

}  // namespace tresor
