// Reading of options: see options.h.
#include "options.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "failure.h"

namespace tresor {

Options::Options(const Napi::CallbackInfo& info) : env_(info.Env()) {
  if (info.Length() != 1 || !info[0].IsObject()) {
    ThrowArgument(env_, "expected one object of options");
    return;
  }
  object_ = info[0].As<Napi::Object>();
  valid_ = true;
}

Bytes Options::ReadBytes(const char* name, size_t min, size_t max) {
  const Napi::Value value = Get(name);
  std::span<const uint8_t> view;
  if (!valid_) return {};
  if (!ViewBytes(value, view) || view.size() < min || view.size() > max) {
    Refuse(name, min == max ? "a Uint8Array of its exact length" : "a Uint8Array within its limits");
    return {};
  }
  return {view.begin(), view.end()};
}

void Options::ReadBytes(const char* name, std::span<uint8_t> target) {
  const Bytes bytes = ReadBytes(name, target.size(), target.size());
  if (valid_) std::copy(bytes.begin(), bytes.end(), target.begin());
}

uint32_t Options::ReadUint32(const char* name, uint32_t max, uint32_t min) {
  const Napi::Value value = Get(name);
  if (!valid_) return 0;
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
  // Comparisons with NaN are false, so that it is refused too.
  if (!(number >= min && number <= max) || std::trunc(number) != number) {
    Refuse(name, "an integer within its limits");
    return 0;
  }
  return static_cast<uint32_t>(number);
}

uint32_t Options::ReadUint32Or(const char* name, uint32_t fallback, uint32_t max) {
  return Has(name) ? ReadUint32(name, max) : fallback;
}

uint64_t Options::ReadUint64(const char* name) {
  const Napi::Value value = Get(name);
  if (!valid_) return 0;
  bool lossless = false;
  const uint64_t number = value.IsBigInt() ? value.As<Napi::BigInt>().Uint64Value(&lossless) : 0;
  if (!lossless) Refuse(name, "an unsigned bigint of 64 bits");
  return lossless ? number : 0;
}

bool Options::ReadBoolean(const char* name) {
  const Napi::Value value = Get(name);
  if (valid_ && !value.IsBoolean()) Refuse(name, "a boolean");
  return valid_ && value.As<Napi::Boolean>().Value();
}

bool Options::Has(const char* name) {
  const Napi::Value value = Get(name);
  return valid_ && !value.IsUndefined();
}

Napi::Value Options::Get(const char* name) {
  if (!valid_) return env_.Undefined();
  const Napi::Value value = object_.Get(name);
  // A getter has thrown: its exception is the answer.
  if (!env_.IsExceptionPending()) return value;
  valid_ = false;
  return env_.Undefined();
}

void Options::Refuse(const char* name, const char* expected) {
  valid_ = false;
  ThrowArgument(env_, (std::string(name) + ": expected " + expected).c_str());
}

}  // namespace tresor
