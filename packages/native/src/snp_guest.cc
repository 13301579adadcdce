// See snp_guest.h.
#include "snp_guest.h"

#include "device.h"

namespace tresor {

Failure SendSnpMessage(const SnpCommand& command, const void* request, void* response) {
  // The driver writes exitinfo2 only when something failed, so it must be zero before.
  SnpGuestRequest outer{};
  outer.msgVersion = command.msgVersion;
  outer.requestAddress = reinterpret_cast<uintptr_t>(request);
  outer.responseAddress = reinterpret_cast<uintptr_t>(response);
  Failure failure = Control(kSevGuest, command.number, command.name, &outer);
  if (failure.request != nullptr) failure.exitInfo = {outer.fwError, outer.vmmError};
  return failure;
}

Failure SnpStatus(const SnpCommand& command, uint32_t status) {
  if (status == 0) return kSuccess;
  Failure failure;
  failure.syscall = "ioctl";
  failure.target = kSevGuest.path;
  failure.request = command.name;
  failure.status = status;
  return failure;
}

}  // namespace tresor
