// Reads the one options object of a call. The caller has validated it; here every type and size is checked again, because what
// follows goes to the kernel. The first thing that is wrong is thrown as a TypeError, and everything after it reads as zero.
#pragma once

#include <napi.h>

#include <cstdint>
#include <span>

#include "bytes.h"

namespace tresor {

class Options {
 public:
  explicit Options(const Napi::CallbackInfo& info);

  bool valid() const { return valid_; }

  /** A copy, of `min` to `max` bytes. */
  Bytes ReadBytes(const char* name, size_t min, size_t max);
  /** Copies exactly `target.size()` bytes. */
  void ReadBytes(const char* name, std::span<uint8_t> target);
  uint32_t ReadUint32(const char* name, uint32_t max = UINT32_MAX, uint32_t min = 0);
  uint32_t ReadUint32Or(const char* name, uint32_t fallback, uint32_t max);
  uint64_t ReadUint64(const char* name);
  bool ReadBoolean(const char* name);
  bool Has(const char* name);

 private:
  Napi::Value Get(const char* name);
  void Refuse(const char* name, const char* expected);

  Napi::Env env_;
  Napi::Object object_;
  bool valid_ = false;
};

}  // namespace tresor
