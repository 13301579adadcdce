// SNP_GET_DERIVED_KEY. The answer is a secret: it lies in locked memory, and is zeroed as soon as JavaScript has its copy.
#include <memory>

#include "addon_data.h"
#include "calls.h"
#include "locked_pages.h"
#include "options.h"
#include "snp_guest.h"

namespace tresor {
namespace {

constexpr uint32_t kMaxRootKey = 1;
constexpr uint32_t kMaxVmpl = 3;

class DerivedKeyRequest final : public Request {
 public:
  explicit DerivedKeyRequest(Options& options) {
    message_.rootKeySelect = options.ReadUint32("rootKeySelect", kMaxRootKey);
    message_.guestFieldSelect = options.ReadUint64("guestFieldSelect");
    message_.vmpl = options.ReadUint32("vmpl", kMaxVmpl);
    message_.guestSvn = options.ReadUint32("guestSvn");
    message_.tcbVersion = options.ReadUint64("tcbVersion");
    if (!options.Has("launchMitVector")) return;
    message_.launchMitVector = options.ReadUint64("launchMitVector");
    command_.msgVersion = 2;
  }

  Failure Run() override {
    response_ = LockedPages::Ordinary(sizeof(SnpDerivedKeyResponse));
    if (!response_.valid()) return NoMemory();
    Failure failure = SendSnpMessage(command_, &message_, response_.bytes().data());
    if (!failure) failure = SnpStatus(command_, response_.as<SnpDerivedKeyResponse>()->status);
    if (failure) response_.Release();
    return failure;
  }

  Napi::Value Result(Napi::Env env) override {
    const Napi::Value key = CopyBytes(env, response_.as<SnpDerivedKeyResponse>()->key);
    response_.Release();
    return key;
  }

 private:
  static Failure NoMemory() {
    Failure failure;
    failure.error = ENOMEM;
    failure.syscall = "mmap";
    failure.target = "for the answer of SNP_GET_DERIVED_KEY";
    return failure;
  }

  SnpCommand command_{kSnpGetDerivedKey, "SNP_GET_DERIVED_KEY"};
  SnpDerivedKeyRequest message_{};
  LockedPages response_;
};

}  // namespace

Napi::Value SnpDerivedKey(const Napi::CallbackInfo& info) {
  Options options(info);
  auto request = std::make_unique<DerivedKeyRequest>(options);
  if (!options.valid()) return info.Env().Undefined();
  return AddonData::Of(info.Env()).sevGuest.Submit(info.Env(), std::move(request));
}

}  // namespace tresor
