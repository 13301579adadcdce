// See aead_arguments.h.
#include "aead_arguments.h"

#include <utility>

#include "failure.h"

namespace tresor {
namespace {

constexpr napi_type_tag kChunkKeyTag{0x3d1e7b60c2f94a15, 0xa4b85c0e96d7f321};

void Finalize(napi_env, void* handle, void*) { delete static_cast<ChunkKeyHandle*>(handle); }

}  // namespace

Napi::Value CreateChunkKeyHandle(Napi::Env env, std::shared_ptr<HeldKey> key) {
  auto handle = std::make_unique<ChunkKeyHandle>(ChunkKeyHandle{std::move(key)});
  const Napi::Object object = Napi::Object::New(env);
  if (napi_type_tag_object(env, object, &kChunkKeyTag) != napi_ok ||
      napi_wrap(env, object, handle.get(), Finalize, nullptr, nullptr) != napi_ok) {
    Napi::Error::New(env, "out of memory for a handle").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  (void)handle.release();
  return object;
}

std::span<const uint8_t> AeadArguments::TakeSecret() {
  const Napi::Value value = TakeNext();
  ArrayView view;
  const Region* region = RegionOf(env(), value);
  if (region != nullptr && region->pages.valid() && region->size == kKeySize) return region->pages.bytes();
  if (region == nullptr && ViewArray(value, view) && view.bytes.size() == kKeySize) return view.bytes;
  Refuse("key: expected 32 bytes, in locked memory that is not wiped or in a Uint8Array");
  return {};
}

ChunkKeyHandle* AeadArguments::TakeHandle() {
  const Napi::Value value = TakeNext();
  bool tagged = false;
  void* handle = nullptr;
  if (value.IsObject() && napi_check_object_type_tag(env(), value, &kChunkKeyTag, &tagged) == napi_ok && tagged &&
      napi_unwrap(env(), value, &handle) == napi_ok) {
    return static_cast<ChunkKeyHandle*>(handle);
  }
  Refuse("chunkKey: expected one that deriveChunkKey or importStreamKey gave");
  return nullptr;
}

std::shared_ptr<HeldKey> AeadArguments::TakeChunkKey() {
  const ChunkKeyHandle* handle = TakeHandle();
  if (handle == nullptr) return nullptr;
  Require(handle->key != nullptr, "chunkKey: expected one that is not wiped");
  return handle->key;
}

Run AeadArguments::TakeRun() {
  Run run;
  run.first = TakeSize("first: expected the number of a chunk, below 2^38", 0, kMaxChunks - 1);
  run.last = TakeBoolean("isLast: expected true or false");
  return run;
}

ArrayView AeadArguments::TakeArray(const char* message, size_t min, size_t max) {
  ArrayView view;
  if (ViewArray(TakeNext(), view) && view.bytes.size() >= min && view.bytes.size() <= max) return view;
  Refuse(message);
  return {};
}

bool AeadArguments::TakeBoolean(const char* message) {
  const Napi::Value value = TakeNext();
  if (!value.IsBoolean()) Refuse(message);
  return value.IsBoolean() && value.As<Napi::Boolean>().Value();
}

void AeadArguments::Require(bool condition, const char* message) {
  if (!condition) Refuse(message);
}

}  // namespace tresor
