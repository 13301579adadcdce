// Promises for requests that may block for a minute. Each runs in libuv's thread pool, one after the other: waiting requests wait
// here and not in a thread, so that a slow device does not take the pool away from the file system.
#pragma once

#include <napi.h>

#include <list>
#include <memory>

#include "failure.h"
#include "settlement.h"

namespace tresor {

/** False when the environment is being torn down: JavaScript objects can no longer be changed. */
bool CanRunJavaScript(Napi::Env env);

/** One request to the kernel. Holds all that it needs: nothing of JavaScript is touched while it runs. */
class Request {
 public:
  virtual ~Request() = default;
  /** In a thread of the pool. */
  virtual Failure Run() = 0;
  /** After success, in the thread of the environment. */
  virtual Napi::Value Result(Napi::Env env) = 0;
};

/** Belongs to one environment. What has begun ends, even when the environment ends: Node waits for it. What has not never begins. */
class RequestQueue {
 public:
  Napi::Value Submit(Napi::Env env, std::unique_ptr<Request> request);

 private:
  class Worker;
  struct Entry {
    std::unique_ptr<Request> request;
    Settlement settlement;
  };

  void StartNext(Napi::Env env);

  std::list<Entry> waiting_;
  bool busy_ = false;
};

}  // namespace tresor
