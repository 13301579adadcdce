// A promise in the making. Napi::Promise::Deferred holds garbage where the promise could not be made, as in a thread that is being
// terminated; this says so.
#pragma once

#include <napi.h>

namespace tresor {

class Settlement {
 public:
  /** `promise` is null when it could not be made: the environment is ending, or something has been thrown. */
  explicit Settlement(Napi::Env env) {
    if (napi_create_promise(env, &deferred_, &promise_) != napi_ok) promise_ = nullptr;
  }

  Napi::Value promise(Napi::Env env) const {
    return promise_ == nullptr ? env.Undefined() : Napi::Value(env, promise_);
  }
  bool valid() const { return promise_ != nullptr; }

  // Each at most once, while JavaScript can run.
  void Resolve(Napi::Env env, napi_value value) const { (void)napi_resolve_deferred(env, deferred_, value); }
  void Reject(Napi::Env env, napi_value value) const { (void)napi_reject_deferred(env, deferred_, value); }

 private:
  napi_deferred deferred_ = nullptr;
  /** Good until the call that made it returns. */
  napi_value promise_ = nullptr;
};

}  // namespace tresor
