// SNP_GET_REPORT and SNP_GET_EXT_REPORT.
#include <algorithm>
#include <cerrno>
#include <memory>

#include "addon_data.h"
#include "calls.h"
#include "locked_pages.h"
#include "options.h"
#include "snp_guest.h"

namespace tresor {
namespace {

constexpr SnpCommand kReport{kSnpGetReport, "SNP_GET_REPORT"};
constexpr SnpCommand kExtendedReport{kSnpGetExtendedReport, "SNP_GET_EXT_REPORT"};

constexpr uint32_t kMaxVmpl = 3;
constexpr uint32_t kPage = 4096;
/** More than this the driver does not take (SEV_FW_BLOB_MAX_SIZE). */
constexpr uint32_t kMaxCertificates = 0x4000;
constexpr uint32_t kInvalidLength = 1;

SnpReportRequest ReadReportRequest(Options& options) {
  SnpReportRequest message{};
  options.ReadBytes("reportData", message.reportData);
  message.vmpl = options.ReadUint32("vmpl", kMaxVmpl);
  return message;
}

/** What the response says about itself: the status of the firmware, and a size that its buffer can hold. */
Failure CheckResponse(const SnpCommand& command, const SnpReportResponse& response) {
  Failure failure = SnpStatus(command, response.status);
  if (failure || response.reportSize <= sizeof response.report) return failure;
  failure.error = EBADMSG;
  failure.syscall = "ioctl";
  failure.target = "/dev/sev-guest";
  failure.request = command.name;
  return failure;
}

Napi::Value CopyReport(Napi::Env env, const SnpReportResponse& response) {
  return CopyBytes(env, {response.report, response.reportSize});
}

class ReportRequest final : public Request {
 public:
  explicit ReportRequest(Options& options) : message_(ReadReportRequest(options)) {}

  Failure Run() override {
    const Failure failure = SendSnpMessage(kReport, &message_, &response_);
    return failure ? failure : CheckResponse(kReport, response_);
  }

  Napi::Value Result(Napi::Env env) override { return CopyReport(env, response_); }

 private:
  SnpReportRequest message_;
  SnpReportResponse response_{};
};

class ExtendedReportRequest final : public Request {
 public:
  explicit ExtendedReportRequest(Options& options) {
    message_.report = ReadReportRequest(options);
    message_.certificatesLength = options.ReadUint32Or("certificatesBytes", kMaxCertificates, kMaxCertificates);
  }

  Failure Run() override {
    Failure failure = Send(message_.certificatesLength);
    if (IsTooSmall(failure)) failure = Send((message_.certificatesLength + kPage - 1) / kPage * kPage);
    return failure ? failure : CheckResponse(kExtendedReport, response_);
  }

  Napi::Value Result(Napi::Env env) override {
    Napi::Object result = Napi::Object::New(env);
    result.Set("report", CopyReport(env, response_));
    result.Set("certificates", CopyBytes(env, Certificates()));
    return result;
  }

 private:
  Failure Send(uint32_t length) {
    certificates_.assign(length, 0);
    message_.certificatesLength = length;
    message_.certificatesAddress = length == 0 ? 0 : reinterpret_cast<uintptr_t>(certificates_.data());
    return SendSnpMessage(kExtendedReport, &message_, &response_);
  }

  /** EIO with vmm_error 1: the driver has written the length that the host's table needs. */
  bool IsTooSmall(const Failure& failure) const {
    if (failure.error != EIO || !failure.exitInfo || failure.exitInfo->vmmError != kInvalidLength) return false;
    return message_.certificatesLength > certificates_.size() && message_.certificatesLength <= kMaxCertificates;
  }

  /** A host without certificates leaves the buffer as it was: an all-zero entry ends a table, so this one is empty. */
  std::span<const uint8_t> Certificates() const {
    const bool empty = std::all_of(certificates_.begin(), certificates_.end(), [](uint8_t byte) { return byte == 0; });
    return empty ? std::span<const uint8_t>() : certificates_;
  }

  SnpExtendedReportRequest message_{};
  SnpReportResponse response_{};
  Bytes certificates_;
};

template <typename T>
Napi::Value Submit(const Napi::CallbackInfo& info) {
  Options options(info);
  auto request = std::make_unique<T>(options);
  if (!options.valid()) return info.Env().Undefined();
  return AddonData::Of(info.Env()).sevGuest.Submit(info.Env(), std::move(request));
}

}  // namespace

Napi::Value SnpReport(const Napi::CallbackInfo& info) { return Submit<ReportRequest>(info); }

Napi::Value SnpExtendedReport(const Napi::CallbackInfo& info) { return Submit<ExtendedReportRequest>(info); }

}  // namespace tresor
