// See request_queue.h.
#include "request_queue.h"

#include <utility>

namespace tresor {

bool CanRunJavaScript(Napi::Env env) {
  napi_value scratch = nullptr;
  if (napi_create_object(env, &scratch) != napi_ok) return false;
  return napi_set_named_property(env, scratch, "alive", scratch) == napi_ok;
}

class RequestQueue::Worker final : public Napi::AsyncWorker {
 public:
  Worker(Napi::Env env, RequestQueue& queue, Entry entry)
      : Napi::AsyncWorker(env, "tresor"), queue_(queue), entry_(std::move(entry)) {}

  void Execute() override { failure_ = entry_.request->Run(); }

  void OnWorkComplete(Napi::Env env, napi_status status) override {
    const Napi::HandleScope scope(env);
    if (status == napi_ok && CanRunJavaScript(env)) {
      Settle(env);
      queue_.StartNext(env);
    }
    Destroy();
  }

 private:
  void Settle(Napi::Env env) {
    if (failure_) return entry_.settlement.Reject(env, ToError(env, failure_));
    const Napi::Value result = entry_.request->Result(env);
    if (!env.IsExceptionPending()) return entry_.settlement.Resolve(env, result);
    entry_.settlement.Reject(env, env.GetAndClearPendingException().Value());
  }

  RequestQueue& queue_;
  Entry entry_;
  Failure failure_;
};

Napi::Value RequestQueue::Submit(Napi::Env env, std::unique_ptr<Request> request) {
  Entry entry{std::move(request), Settlement(env)};
  if (!entry.settlement.valid()) return env.Undefined();
  const Napi::Value promise = entry.settlement.promise(env);
  waiting_.push_back(std::move(entry));
  if (!busy_) StartNext(env);
  return promise;
}

void RequestQueue::StartNext(Napi::Env env) {
  busy_ = !waiting_.empty();
  if (!busy_) return;
  auto* worker = new Worker(env, *this, std::move(waiting_.front()));
  waiting_.pop_front();
  worker->Queue();
}

}  // namespace tresor
