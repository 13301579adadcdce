// See device.h.
#include "device.h"

#include <fcntl.h>
#include <sys/ioctl.h>

#include <cerrno>

#include "file_descriptor.h"

namespace tresor {

constinit Device kSevGuest{"/dev/sev-guest", {}};
constinit Device kTdxGuest{"/dev/tdx_guest", {}};
constinit Device kNsm{"/dev/nsm", {}};

namespace {

FileDescriptor Open(const char* path) {
  int fd = -1;
  do {
    fd = open(path, O_RDWR | O_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  return FileDescriptor(fd);
}

Failure Failed(int error, const char* syscall, const Device& device) {
  Failure failure;
  failure.error = error;
  failure.syscall = syscall;
  failure.target = device.path;
  return failure;
}

}  // namespace

Failure Control(Device& device, unsigned long command, const char* name, void* argument) {
  const std::lock_guard lock(device.mutex);
  const FileDescriptor fd = Open(device.path);
  if (!fd.valid()) return Failed(errno, "open", device);
  // EINTR is not retried: the driver may have sent the request already.
  if (ioctl(fd.get(), command, argument) == 0) return kSuccess;
  Failure failure = Failed(errno, "ioctl", device);
  failure.request = name;
  return failure;
}

}  // namespace tresor
