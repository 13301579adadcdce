// Names of errno and the shape of an Error.
#include "failure.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <string>

namespace tresor {
namespace {

struct NamedError {
  int error;
  const char* name;
};

// Those that Linux documents for open, ioctl, socket, connect, send, recv, mmap and mlock, and that the guest drivers return.
constexpr std::array kNames{
    NamedError{EACCES, "EACCES"},           NamedError{EADDRNOTAVAIL, "EADDRNOTAVAIL"},
    NamedError{EAFNOSUPPORT, "EAFNOSUPPORT"}, NamedError{EAGAIN, "EAGAIN"},
    NamedError{EBADF, "EBADF"},             NamedError{EBADMSG, "EBADMSG"},
    NamedError{EBUSY, "EBUSY"},             NamedError{ECONNABORTED, "ECONNABORTED"},
    NamedError{ECONNREFUSED, "ECONNREFUSED"}, NamedError{ECONNRESET, "ECONNRESET"},
    NamedError{EFAULT, "EFAULT"},           NamedError{EHOSTUNREACH, "EHOSTUNREACH"},
    NamedError{EINTR, "EINTR"},             NamedError{EINVAL, "EINVAL"},
    NamedError{EIO, "EIO"},                 NamedError{EISDIR, "EISDIR"},
    NamedError{ELOOP, "ELOOP"},             NamedError{EMFILE, "EMFILE"},
    NamedError{EMSGSIZE, "EMSGSIZE"},       NamedError{ENETUNREACH, "ENETUNREACH"},
    NamedError{ENFILE, "ENFILE"},           NamedError{ENOBUFS, "ENOBUFS"},
    NamedError{ENODEV, "ENODEV"},           NamedError{ENOENT, "ENOENT"},
    NamedError{ENOMEM, "ENOMEM"},           NamedError{ENOSPC, "ENOSPC"},
    NamedError{ENOSYS, "ENOSYS"},           NamedError{ENOTCONN, "ENOTCONN"},
    NamedError{ENOTDIR, "ENOTDIR"},         NamedError{ENOTTY, "ENOTTY"},
    NamedError{ENXIO, "ENXIO"},             NamedError{EOPNOTSUPP, "EOPNOTSUPP"},
    NamedError{EPERM, "EPERM"},             NamedError{EPIPE, "EPIPE"},
    NamedError{EPROTO, "EPROTO"},           NamedError{EPROTONOSUPPORT, "EPROTONOSUPPORT"},
    NamedError{EROFS, "EROFS"},             NamedError{ETIMEDOUT, "ETIMEDOUT"},
    NamedError{ETXTBSY, "ETXTBSY"},
};

std::string Hex(uint32_t value) {
  char text[11];
  std::snprintf(text, sizeof text, "0x%x", value);
  return text;
}

const char* CodeOf(const Failure& failure) {
  return failure.error == 0 ? "ERR_FIRMWARE_STATUS" : ErrorName(failure.error);
}

std::string MessageOf(const Failure& failure) {
  std::string message = std::string(CodeOf(failure)) + ": " + failure.syscall + " " + failure.target;
  if (failure.request != nullptr) message += std::string(", ") + failure.request;
  if (failure.exitInfo) {
    message += ", fw_error " + Hex(failure.exitInfo->fwError) + ", vmm_error " + Hex(failure.exitInfo->vmmError);
  }
  if (failure.status) message += ", status " + Hex(*failure.status);
  return message;
}

}  // namespace

const char* ErrorName(int error) {
  for (const NamedError& entry : kNames) {
    if (entry.error == error) return entry.name;
  }
  return "EUNKNOWN";
}

Napi::Value ToError(Napi::Env env, const Failure& failure) {
  Napi::Object error = Napi::Error::New(env, MessageOf(failure)).Value();
  error.Set("code", CodeOf(failure));
  error.Set("syscall", failure.syscall);
  if (failure.error != 0) error.Set("errno", -failure.error);
  if (failure.exitInfo) {
    error.Set("fwError", failure.exitInfo->fwError);
    error.Set("vmmError", failure.exitInfo->vmmError);
  }
  if (failure.status) error.Set("status", *failure.status);
  return error;
}

Napi::Value ThrowArgument(Napi::Env env, const char* message) {
  Napi::TypeError error = Napi::TypeError::New(env, message);
  error.Set("code", "ERR_INVALID_ARG_VALUE");
  error.ThrowAsJavaScriptException();
  return env.Undefined();
}

}  // namespace tresor
