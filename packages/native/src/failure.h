// What went wrong in a system call, as data, and as the plain Error that JavaScript sees. No policy: what it means and what to do
// about it is said by whoever called.
#pragma once

#include <napi.h>

#include <cstdint>
#include <optional>

namespace tresor {

/** exitinfo2 of a guest request (Linux include/uapi/linux/sev-guest.h): the low half is the firmware's, the high half the host's. */
struct ExitInfo {
  uint32_t fwError = 0;
  uint32_t vmmError = 0;
};

struct Failure {
  /** errno, or 0 where the call itself succeeded and its answer is what failed. */
  int error = 0;
  const char* syscall = nullptr;
  /** Device or kind of socket. Always a constant, as are the other names. */
  const char* target = nullptr;
  /** Which request of the system call. */
  const char* request = nullptr;
  std::optional<ExitInfo> exitInfo;
  /** Status inside the answer of the firmware. */
  std::optional<uint32_t> status;

  explicit operator bool() const { return syscall != nullptr; }
};

constexpr Failure kSuccess{};

/** Name of an errno, as in `EACCES`; `EUNKNOWN` for one that no call of this addon is known to give. */
const char* ErrorName(int error);

/** An Error with `code` and those of `errno` (negative, as Node has it), `syscall`, `fwError`, `vmmError`, `status` that apply. */
Napi::Value ToError(Napi::Env env, const Failure& failure);

/** Throws a TypeError with the code that Node gives its own. Returns undefined, for `return ThrowArgument(…)`. */
Napi::Value ThrowArgument(Napi::Env env, const char* message);

}  // namespace tresor
