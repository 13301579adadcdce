// A guest device: its path, and the rule that one process speaks to it about one thing at a time.
#pragma once

#include <mutex>

#include "failure.h"

namespace tresor {

/**
 * The paths are constants: no argument and no variable of the environment makes this addon talk to something else.
 *
 * The mutex is the only state that environments share. Requests to sev-guest carry a sequence number, and one that goes wrong can
 * cost the guest its message key until the next boot, so workers must not race each other into the driver. It is held by a thread
 * of the pool, never by one that runs JavaScript.
 */
struct Device {
  const char* path;
  std::mutex mutex;
};

extern Device kSevGuest;
extern Device kTdxGuest;
extern Device kNsm;

/** Opens the device, makes the ioctl `command` (its `name` is for the error), closes it. Is never interrupted by us, and never repeated. */
Failure Control(Device& device, unsigned long command, const char* name, void* argument);

}  // namespace tresor
