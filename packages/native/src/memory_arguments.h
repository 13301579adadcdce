// Handles of locked memory, and the arguments of the calls that take them: in order, each checked as it is taken. The first that is
// wrong is thrown as a TypeError, and what is taken after it is empty.
#pragma once

#include <napi.h>

#include <span>

#include "bytes.h"
#include "locked_pages.h"

namespace tresor {

/** What a handle stands for. */
struct Region {
  LockedPages pages;
  size_t size;
};

/** The region behind a handle; null for everything else. */
Region* RegionOf(Napi::Env env, const Napi::Value& value);

/** Marks the objects that are handles: no other addon, and no object that JavaScript makes, has this tag. */
constexpr napi_type_tag kHandleTag{0x7c5a1f0e93d24b68, 0x9e0b64d7a8f1c235};

class MemoryArguments {
 public:
  explicit MemoryArguments(const Napi::CallbackInfo& info) : info_(info) {}

  bool valid() const { return valid_; }

  Region* TakeRegion();
  /** One that is not wiped. */
  Region* TakeLiveRegion();
  std::span<const uint8_t> TakeBytes();
  size_t TakeSize(const char* message, size_t min, size_t max);
  size_t TakeSizeOr(size_t fallback, const char* message, size_t max);

 protected:
  /** The next argument, whatever it is. */
  Napi::Value TakeNext() { return info_[next_++]; }
  Napi::Env env() const { return info_.Env(); }
  /** Throws, unless something has been refused before. */
  void Refuse(const char* message);

 private:
  size_t ReadSize(const Napi::Value& value, const char* message, size_t min, size_t max);

  const Napi::CallbackInfo& info_;
  size_t next_ = 0;
  bool valid_ = true;
};

}  // namespace tresor
