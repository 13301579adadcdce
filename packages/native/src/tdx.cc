// TDREPORT of this trust domain: TDX_CMD_GET_REPORT0 (Linux include/uapi/linux/tdx-guest.h).
#include <sys/ioctl.h>

#include <cstdint>
#include <memory>

#include "addon_data.h"
#include "calls.h"
#include "device.h"
#include "locked_pages.h"
#include "options.h"

namespace tresor {
namespace {

struct TdxReportRequest {
  uint8_t reportData[64];
  uint8_t tdReport[1024];
};
static_assert(sizeof(TdxReportRequest) == 1088);

constexpr unsigned long kGetReport0 = _IOWR('T', 1, TdxReportRequest);
static_assert(kGetReport0 == 0xC4405401);

class ReportRequest final : public Request {
 public:
  explicit ReportRequest(Options& options) { options.ReadBytes("reportData", message_.reportData); }

  Failure Run() override { return Control(kTdxGuest, kGetReport0, "TDX_CMD_GET_REPORT0", &message_); }

  Napi::Value Result(Napi::Env env) override { return CopyBytes(env, message_.tdReport); }

 private:
  TdxReportRequest message_{};
};

}  // namespace

Napi::Value TdxReport(const Napi::CallbackInfo& info) {
  Options options(info);
  auto request = std::make_unique<ReportRequest>(options);
  if (!options.valid()) return info.Env().Undefined();
  return AddonData::Of(info.Env()).tdxGuest.Submit(info.Env(), std::move(request));
}

}  // namespace tresor
