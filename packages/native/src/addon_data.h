// What one environment (main thread or worker) has of its own.
#pragma once

#include "buffers.h"
#include "key_slots.h"
#include "request_queue.h"

namespace tresor {

struct AddonData {
  RequestQueue sevGuest;
  RequestQueue tdxGuest;
  RequestQueue nsm;
  RequestQueue vsock;
  KeySlots keySlots;
  Loans loans;

  static AddonData& Of(Napi::Env env) { return *env.GetInstanceData<AddonData>(); }
};

}  // namespace tresor
