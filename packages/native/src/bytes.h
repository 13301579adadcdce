// Bytes on their way from and to JavaScript: always as copies, since an ArrayBuffer may be detached or shared meanwhile.
#pragma once

#include <napi.h>

#include <cstdint>
#include <span>
#include <vector>

namespace tresor {

using Bytes = std::vector<uint8_t>;

/** The bytes of a Uint8Array, valid until JavaScript runs again. False for any other value. */
bool ViewBytes(const Napi::Value& value, std::span<const uint8_t>& view);

/** A new Uint8Array. Empty, with an exception pending, when there is no memory for it. */
Napi::Value CopyBytes(Napi::Env env, std::span<const uint8_t> bytes);

}  // namespace tresor
