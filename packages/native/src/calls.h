// The functions that JavaScript sees; index.d.ts describes them.
#pragma once

#include <napi.h>

namespace tresor {

Napi::Value SnpReport(const Napi::CallbackInfo& info);
Napi::Value SnpExtendedReport(const Napi::CallbackInfo& info);
Napi::Value SnpDerivedKey(const Napi::CallbackInfo& info);
Napi::Value TdxReport(const Napi::CallbackInfo& info);
Napi::Value NsmRequest(const Napi::CallbackInfo& info);
Napi::Value VsockRequest(const Napi::CallbackInfo& info);

/** Allocation, filling, reading and wiping of locked memory, as one object. */
Napi::Object MemoryCalls(Napi::Env env);

/** Bulk encryption, as one object; with no more than the reason where this program's OpenSSL cannot be used. */
Napi::Object AeadCalls(Napi::Env env);

}  // namespace tresor
