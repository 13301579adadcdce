// What one environment (main thread or worker) has of its own.
#pragma once

#include "request_queue.h"

namespace tresor {

struct AddonData {
  RequestQueue sevGuest;
  RequestQueue tdxGuest;
  RequestQueue nsm;
  RequestQueue vsock;

  static AddonData& Of(Napi::Env env) { return *env.GetInstanceData<AddonData>(); }
};

}  // namespace tresor
