// The module: one set of functions and one AddonData for each environment that loads it.
#include "addon_data.h"
#include "calls.h"

namespace tresor {
namespace {

using Call = Napi::Value (*)(const Napi::CallbackInfo&);

template <Call call>
void Define(Napi::Object exports, const char* name) {
  exports.Set(name, Napi::Function::New<call>(exports.Env(), name));
}

Napi::Object Initialize(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new AddonData);
  Define<SnpReport>(exports, "snpReport");
  Define<SnpExtendedReport>(exports, "snpExtendedReport");
  Define<SnpDerivedKey>(exports, "snpDerivedKey");
  Define<TdxReport>(exports, "tdxReport");
  Define<NsmRequest>(exports, "nsmRequest");
  Define<VsockRequest>(exports, "vsockRequest");
  exports.Set("memory", MemoryCalls(env));
  exports.Set("aead", AeadCalls(env));
  return exports;
}

NODE_API_MODULE(tresor, Initialize)

}  // namespace
}  // namespace tresor
