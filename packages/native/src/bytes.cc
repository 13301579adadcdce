// See bytes.h.
#include "bytes.h"

#include <algorithm>

namespace tresor {

bool ViewBytes(const Napi::Value& value, std::span<const uint8_t>& view) {
  if (!value.IsTypedArray()) return false;
  napi_typedarray_type type = napi_int8_array;
  size_t length = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(value.Env(), value, &type, &length, &data, nullptr, nullptr) != napi_ok) return false;
  if (type != napi_uint8_array) return false;
  view = {static_cast<const uint8_t*>(data), length};
  return true;
}

Napi::Value CopyBytes(Napi::Env env, std::span<const uint8_t> bytes) {
  void* data = nullptr;
  napi_value buffer = nullptr;
  napi_value array = nullptr;
  napi_status status = napi_create_arraybuffer(env, bytes.size(), &data, &buffer);
  if (status == napi_ok) {
    std::copy(bytes.begin(), bytes.end(), static_cast<uint8_t*>(data));
    status = napi_create_typedarray(env, napi_uint8_array, bytes.size(), buffer, 0, &array);
  }
  if (status == napi_ok) return Napi::Value(env, array);
  Napi::Error::New(env, "out of memory for a Uint8Array").ThrowAsJavaScriptException();
  return env.Undefined();
}

}  // namespace tresor
