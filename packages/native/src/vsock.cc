// One exchange over AF_VSOCK (vsock(7)), for the quote generation service on the host. What the bytes mean is the caller's; the
// addon only knows where a message ends: at the end of the stream, or by the 32-bit big-endian length in front of it.
#include <linux/vm_sockets.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <memory>

#include "addon_data.h"
#include "calls.h"
#include "file_descriptor.h"
#include "options.h"

namespace tresor {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint32_t kMaxTimeoutMs = 120'000;
constexpr uint32_t kMaxMessage = 1 << 20;
constexpr size_t kPrefix = 4;

Failure Failed(const char* syscall, int error = errno) {
  Failure failure;
  failure.error = error;
  failure.syscall = syscall;
  failure.target = "vsock";
  return failure;
}

class Exchange final : public Request {
 public:
  explicit Exchange(Options& options)
      : request_(options.ReadBytes("request", 1, kMaxMessage)),
        cid_(options.ReadUint32("cid")),
        port_(options.ReadUint32("port")),
        max_response_(options.ReadUint32("maxResponse", kMaxMessage, 1)),
        timeout_(options.ReadUint32("timeoutMs", kMaxTimeoutMs, 1)),
        prefixed_(options.ReadBoolean("lengthPrefixed")) {}

  Failure Run() override {
    deadline_ = Clock::now() + timeout_;
    socket_ = FileDescriptor(socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket_.valid()) return Failed("socket");
    Failure failure = Connect();
    if (!failure) failure = Send();
    if (!failure) failure = Receive();
    socket_ = FileDescriptor();
    return failure;
  }

  Napi::Value Result(Napi::Env env) override { return CopyBytes(env, response_); }

 private:
  /** The transport waits at most this long for an answer to connect; its default of 2 s may be more than the caller has. */
  Failure Connect() {
    const timeval limit{static_cast<time_t>(timeout_.count() / 1000),
                        static_cast<suseconds_t>(timeout_.count() % 1000 * 1000)};
    (void)setsockopt(socket_.get(), AF_VSOCK, SO_VM_SOCKETS_CONNECT_TIMEOUT, &limit, sizeof limit);
    sockaddr_vm address{};
    address.svm_family = AF_VSOCK;
    address.svm_cid = cid_;
    address.svm_port = port_;
    // Not repeated after EINTR: the socket is then connecting on its own, and a second connect would say EALREADY.
    if (connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return Failed("connect");
    return kSuccess;
  }

  Failure Send() {
    for (size_t sent = 0; sent < request_.size();) {
      if (const Failure failure = Wait(POLLOUT)) return failure;
      const ssize_t count = send(socket_.get(), &request_[sent], request_.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count < 0 && !IsTransient(errno)) return Failed("send");
      if (count > 0) sent += static_cast<size_t>(count);
    }
    return kSuccess;
  }

  Failure Receive() {
    size_t wanted = prefixed_ ? kPrefix : max_response_;
    while (response_.size() < wanted) {
      if (const Failure failure = Wait(POLLIN)) return failure;
      bool ended = false;
      if (const Failure failure = ReceiveSome(wanted - response_.size(), ended)) return failure;
      if (ended) return prefixed_ ? Failed("recv", ECONNRESET) : kSuccess;
      if (prefixed_ && wanted == kPrefix && response_.size() == kPrefix) wanted += PrefixedLength();
      if (wanted > max_response_) return Failed("recv", EMSGSIZE);
    }
    return kSuccess;
  }

  Failure ReceiveSome(size_t wanted, bool& ended) {
    std::array<uint8_t, 16384> chunk;
    const ssize_t count = recv(socket_.get(), chunk.data(), std::min(chunk.size(), wanted), MSG_DONTWAIT);
    if (count < 0) return IsTransient(errno) ? kSuccess : Failed("recv");
    response_.insert(response_.end(), chunk.begin(), chunk.begin() + count);
    ended = count == 0;
    return kSuccess;
  }

  size_t PrefixedLength() const {
    return size_t{response_[0]} << 24 | size_t{response_[1]} << 16 | size_t{response_[2]} << 8 | response_[3];
  }

  Failure Wait(short events) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now());
    pollfd entry{socket_.get(), events, 0};
    const int count = left.count() <= 0 ? 0 : poll(&entry, 1, static_cast<int>(left.count()));
    if (count > 0 || (count < 0 && errno == EINTR)) return kSuccess;
    return count == 0 ? Failed("poll", ETIMEDOUT) : Failed("poll");
  }

  static bool IsTransient(int error) { return error == EAGAIN || error == EINTR; }

  Bytes request_;
  uint32_t cid_;
  uint32_t port_;
  uint32_t max_response_;
  std::chrono::milliseconds timeout_;
  bool prefixed_;
  Clock::time_point deadline_;
  FileDescriptor socket_;
  Bytes response_;
};

}  // namespace

Napi::Value VsockRequest(const Napi::CallbackInfo& info) {
  Options options(info);
  auto request = std::make_unique<Exchange>(options);
  if (!options.valid()) return info.Env().Undefined();
  return AddonData::Of(info.Env()).vsock.Submit(info.Env(), std::move(request));
}

}  // namespace tresor
