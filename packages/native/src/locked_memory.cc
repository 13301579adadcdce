// Keys in locked memory, behind handles. A handle is an object without properties: only this addon can follow it, and what it
// holds is zeroed when it is wiped, when it is collected, and when its environment ends.
#include <napi.h>
#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "bytes.h"
#include "calls.h"
#include "failure.h"
#include "memory_arguments.h"

namespace tresor {
namespace {

constexpr size_t kMaxSize = 1 << 24;

Napi::Value ThrowFailure(Napi::Env env, int error, const char* syscall) {
  Failure failure;
  failure.error = error;
  failure.syscall = syscall;
  failure.target = "for locked memory";
  Napi::Error(env, ToError(env, failure)).ThrowAsJavaScriptException();
  return env.Undefined();
}

void Finalize(napi_env, void* region, void*) { delete static_cast<Region*>(region); }

Napi::Value Allocate(const Napi::CallbackInfo& info) {
  MemoryArguments arguments(info);
  const size_t size = arguments.TakeSize("size: expected an integer from 1 to 16777216", 1, kMaxSize);
  if (!arguments.valid()) return info.Env().Undefined();
  auto region = std::make_unique<Region>(Region{LockedPages::Secret(size), size});
  if (!region->pages.valid()) return ThrowFailure(info.Env(), ENOMEM, "mmap");
  const Napi::Object handle = Napi::Object::New(info.Env());
  if (napi_type_tag_object(info.Env(), handle, &kHandleTag) != napi_ok ||
      napi_wrap(info.Env(), handle, region.get(), Finalize, nullptr, nullptr) != napi_ok) {
    return ThrowFailure(info.Env(), ENOMEM, "mmap");
  }
  (void)region.release();
  return handle;
}

Napi::Value Fill(const Napi::CallbackInfo& info) {
  MemoryArguments arguments(info);
  const Region* region = arguments.TakeLiveRegion();
  const std::span<const uint8_t> bytes = arguments.TakeBytes();
  if (!arguments.valid()) return info.Env().Undefined();
  const size_t offset = arguments.TakeSizeOr(0, "offset: expected an integer within the memory", region->size);
  if (!arguments.valid()) return info.Env().Undefined();
  if (bytes.size() > region->size - offset) return ThrowArgument(info.Env(), "bytes: expected no more than fit");
  std::copy(bytes.begin(), bytes.end(), region->pages.bytes().begin() + static_cast<ptrdiff_t>(offset));
  return info.Env().Undefined();
}

Napi::Value FillRandom(const Napi::CallbackInfo& info) {
  MemoryArguments arguments(info);
  const Region* region = arguments.TakeLiveRegion();
  if (!arguments.valid()) return info.Env().Undefined();
  for (std::span<uint8_t> rest = region->pages.bytes(); !rest.empty();) {
    const ssize_t count = getrandom(rest.data(), rest.size(), 0);
    if (count < 0 && errno != EINTR) return ThrowFailure(info.Env(), errno, "getrandom");
    if (count > 0) rest = rest.subspan(static_cast<size_t>(count));
  }
  return info.Env().Undefined();
}

Napi::Value Read(const Napi::CallbackInfo& info) {
  MemoryArguments arguments(info);
  const Region* region = arguments.TakeLiveRegion();
  if (!arguments.valid()) return info.Env().Undefined();
  const size_t offset = arguments.TakeSizeOr(0, "offset: expected an integer within the memory", region->size);
  const size_t left = arguments.valid() ? region->size - offset : 0;
  const size_t length = arguments.TakeSizeOr(left, "length: expected an integer within the memory", left);
  if (!arguments.valid()) return info.Env().Undefined();
  return CopyBytes(info.Env(), region->pages.bytes().subspan(offset, length));
}

/** Takes the same time wherever the first difference is. Lengths are no secret. */
bool EqualBytes(std::span<const uint8_t> a, std::span<const uint8_t> b) {
  if (a.size() != b.size()) return false;
  volatile uint8_t difference = 0;
  for (size_t index = 0; index < a.size(); ++index) difference = difference | (a[index] ^ b[index]);
  return difference == 0;
}

Napi::Value Equals(const Napi::CallbackInfo& info) {
  MemoryArguments arguments(info);
  const Region* region = arguments.TakeLiveRegion();
  const std::span<const uint8_t> bytes = arguments.TakeBytes();
  if (!arguments.valid()) return info.Env().Undefined();
  return Napi::Boolean::New(info.Env(), EqualBytes(region->pages.bytes(), bytes));
}

Napi::Value Wipe(const Napi::CallbackInfo& info) {
  MemoryArguments arguments(info);
  Region* region = arguments.TakeRegion();
  if (arguments.valid()) region->pages.Release();
  return info.Env().Undefined();
}

const char* KindName(LockedPages::Kind kind) {
  switch (kind) {
    case LockedPages::Kind::kSecret:
      return "memfd_secret";
    case LockedPages::Kind::kLocked:
      return "mlock";
    case LockedPages::Kind::kUnlocked:
      return "unlocked";
    case LockedPages::Kind::kNone:
      break;
  }
  return "wiped";
}

Napi::Value Describe(const Napi::CallbackInfo& info) {
  MemoryArguments arguments(info);
  const Region* region = arguments.TakeRegion();
  if (!arguments.valid()) return info.Env().Undefined();
  const LockedPages& pages = region->pages;
  Napi::Object description = Napi::Object::New(info.Env());
  description.Set("size", static_cast<double>(region->size));
  description.Set("kind", KindName(pages.kind()));
  description.Set("locked", pages.valid() && pages.kind() != LockedPages::Kind::kUnlocked);
  description.Set("dontDump", pages.valid() && pages.excluded_from_dumps());
  if (pages.kind() == LockedPages::Kind::kUnlocked) description.Set("lockError", ErrorName(pages.lock_error()));
  return description;
}

}  // namespace

Napi::Object MemoryCalls(Napi::Env env) {
  Napi::Object memory = Napi::Object::New(env);
  memory.Set("allocate", Napi::Function::New<Allocate>(env, "allocate"));
  memory.Set("fill", Napi::Function::New<Fill>(env, "fill"));
  memory.Set("fillRandom", Napi::Function::New<FillRandom>(env, "fillRandom"));
  memory.Set("read", Napi::Function::New<Read>(env, "read"));
  memory.Set("equals", Napi::Function::New<Equals>(env, "equals"));
  memory.Set("wipe", Napi::Function::New<Wipe>(env, "wipe"));
  memory.Set("info", Napi::Function::New<Describe>(env, "info"));
  return memory;
}

}  // namespace tresor
