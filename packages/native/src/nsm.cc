// Raw requests to the Nitro Secure Module (Linux drivers/misc/nsm.c and include/uapi/linux/nsm.h). CBOR on both sides, which is
// the caller's. An answer may be random bytes for a key, so it lies in locked memory.
#include <sys/ioctl.h>
#include <sys/uio.h>

#include <cerrno>
#include <memory>

#include "addon_data.h"
#include "calls.h"
#include "device.h"
#include "locked_pages.h"
#include "options.h"

namespace tresor {
namespace {

struct NsmMessage {
  iovec request;
  iovec response;
};
static_assert(sizeof(NsmMessage) == 32);

constexpr unsigned long kNsmRaw = _IOWR(0x0A, 0, NsmMessage);
static_assert(kNsmRaw == 0xC0200A00);

constexpr size_t kMaxRequest = 0x1000;
constexpr size_t kMaxResponse = 0x3000;

class RawRequest final : public Request {
 public:
  explicit RawRequest(Options& options) : request_(options.ReadBytes("request", 1, kMaxRequest)) {}

  Failure Run() override {
    response_ = LockedPages::Ordinary(kMaxResponse);
    if (!response_.valid()) return Failed(ENOMEM, "mmap");
    NsmMessage message{{request_.data(), request_.size()}, {response_.bytes().data(), kMaxResponse}};
    const Failure failure = Control(kNsm, kNsmRaw, "NSM_IOCTL_RAW", &message);
    length_ = message.response.iov_len;
    // The driver has written how much of the buffer it filled.
    return failure || length_ <= kMaxResponse ? failure : Failed(EBADMSG, "ioctl");
  }

  Napi::Value Result(Napi::Env env) override {
    const Napi::Value bytes = CopyBytes(env, response_.bytes().first(length_));
    response_.Release();
    return bytes;
  }

 private:
  static Failure Failed(int error, const char* syscall) {
    Failure failure;
    failure.error = error;
    failure.syscall = syscall;
    failure.target = kNsm.path;
    return failure;
  }

  Bytes request_;
  LockedPages response_;
  size_t length_ = 0;
};

}  // namespace

Napi::Value NsmRequest(const Napi::CallbackInfo& info) {
  Options options(info);
  auto request = std::make_unique<RawRequest>(options);
  if (!options.valid()) return info.Env().Undefined();
  return AddonData::Of(info.Env()).nsm.Submit(info.Env(), std::move(request));
}

}  // namespace tresor
