// See memory_arguments.h.
#include "memory_arguments.h"

#include "failure.h"

namespace tresor {

Region* RegionOf(Napi::Env env, const Napi::Value& value) {
  bool tagged = false;
  void* region = nullptr;
  if (!value.IsObject()) return nullptr;
  if (napi_check_object_type_tag(env, value, &kHandleTag, &tagged) != napi_ok || !tagged) return nullptr;
  return napi_unwrap(env, value, &region) == napi_ok ? static_cast<Region*>(region) : nullptr;
}

Region* MemoryArguments::TakeRegion() {
  Region* region = RegionOf(info_.Env(), info_[next_++]);
  if (region == nullptr) Refuse("handle: expected one that memory.allocate gave");
  return region;
}

Region* MemoryArguments::TakeLiveRegion() {
  Region* region = TakeRegion();
  if (valid_ && !region->pages.valid()) Refuse("handle: expected one that is not wiped");
  return region;
}

std::span<const uint8_t> MemoryArguments::TakeBytes() {
  std::span<const uint8_t> view;
  if (!ViewBytes(info_[next_++], view)) Refuse("bytes: expected a Uint8Array");
  return view;
}

size_t MemoryArguments::TakeSize(const char* message, size_t min, size_t max) {
  return ReadSize(info_[next_++], message, min, max);
}

size_t MemoryArguments::TakeSizeOr(size_t fallback, const char* message, size_t max) {
  const Napi::Value value = info_[next_++];
  return value.IsUndefined() ? fallback : ReadSize(value, message, 0, max);
}

size_t MemoryArguments::ReadSize(const Napi::Value& value, const char* message, size_t min, size_t max) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
  // Comparisons with NaN are false, so that it is refused too.
  const bool within = number >= static_cast<double>(min) && number <= static_cast<double>(max);
  const size_t size = within ? static_cast<size_t>(number) : 0;
  if (!within || static_cast<double>(size) != number) Refuse(message);
  return size;
}

void MemoryArguments::Refuse(const char* message) {
  if (valid_) ThrowArgument(info_.Env(), message);
  valid_ = false;
}

}  // namespace tresor
