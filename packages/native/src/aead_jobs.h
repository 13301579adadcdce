// Promises for runs of chunks: in the threads of libuv's pool, several at once where there are several processors.
#pragma once

#include <napi.h>

#include "aead_arguments.h"

namespace tresor {

Napi::Value SealAsync(const Napi::CallbackInfo& info);
Napi::Value OpenAsync(const Napi::CallbackInfo& info);
Napi::Value ReadAsync(const Napi::CallbackInfo& info);

}  // namespace tresor
