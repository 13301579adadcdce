// See aead_jobs.h. A job is cut into parts, one for each processor that there is work for; the last part that ends settles the promise.
#include "aead_jobs.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "addon_data.h"
#include "failure.h"
#include "file_descriptor.h"
#include "open_into.h"
#include "settlement.h"
#include "share.h"

namespace tresor {
namespace {

/** Plaintext that is worth a thread of its own. */
constexpr size_t kPartSize = 256 * 1024;

constexpr const char* kWrongRun = "the bytes: expected the length of a run of chunks";

/** Chunks `begin` to `end` of a run. */
struct Range {
  size_t begin;
  size_t end;
};

std::vector<Range> Divide(size_t chunks, size_t chunkSize) {
  static const size_t processors = std::max(1u, std::thread::hardware_concurrency());
  const size_t parts = std::clamp<size_t>(chunks * chunkSize / kPartSize, 1, processors);
  std::vector<Range> ranges;
  for (size_t part = 0; part < parts; ++part) ranges.push_back({chunks * part / parts, chunks * (part + 1) / parts});
  return ranges;
}

/** Holds all that it needs: nothing of JavaScript is touched while it runs. Made and ended in the thread of its environment. */
class Job : public std::enable_shared_from_this<Job> {
 public:
  Job(Napi::Env env, std::shared_ptr<HeldKey> key, const Run& run, size_t chunks)
      : key_(std::move(key)), run_(run), chunks_(chunks), settlement_(env) {}
  virtual ~Job() = default;

  Napi::Value Start(Napi::Env env);
  /** In a thread of the pool. */
  virtual void RunRange(const Range& range) = 0;
  void EndRange(Napi::Env env);

 protected:
  /** The value of the promise; or an exception, pending. */
  virtual Napi::Value Result(Napi::Env env) = 0;

  ChunkKey key() const { return key_->view(); }
  size_t chunkSize() const { return ChunkSize(key_->scheme()); }
  Part PartOf(const Range& range) const {
    return {run_.first + range.begin, range.end - range.begin, run_.last && range.end == chunks_, {}, {}};
  }

 private:
  std::shared_ptr<HeldKey> key_;
  Run run_;
  size_t chunks_;
  size_t left_ = 0;
  Settlement settlement_;
};

class Worker final : public Napi::AsyncWorker {
 public:
  Worker(Napi::Env env, std::shared_ptr<Job> job, Range range)
      : Napi::AsyncWorker(env, "tresor"), job_(std::move(job)), range_(range) {}

  void Execute() override { job_->RunRange(range_); }

  void OnWorkComplete(Napi::Env env, napi_status status) override {
    {
      const Napi::HandleScope scope(env);
      if (status == napi_ok && CanRunJavaScript(env)) job_->EndRange(env);
    }
    Destroy();
  }

 private:
  std::shared_ptr<Job> job_;
  Range range_;
};

Napi::Value Job::Start(Napi::Env env) {
  if (!settlement_.valid()) return env.Undefined();
  const std::vector<Range> ranges = Divide(chunks_, chunkSize());
  left_ = ranges.size();
  for (const Range& range : ranges) (new Worker(env, shared_from_this(), range))->Queue();
  return settlement_.promise(env);
}

void Job::EndRange(Napi::Env env) {
  if (--left_ > 0) return;
  const Napi::Value result = Result(env);
  if (!env.IsExceptionPending()) return settlement_.Resolve(env, result);
  settlement_.Reject(env, env.GetAndClearPendingException().Value());
}

Napi::Value ThrowSystem(Napi::Env env, int error, const char* syscall) {
  Failure failure;
  failure.error = error;
  failure.syscall = syscall;
  failure.target = "for bulk encryption";
  Napi::Error(env, ToError(env, failure)).ThrowAsJavaScriptException();
  return env.Undefined();
}

/** Where bytes go: memory of ours, or a Uint8Array of JavaScript that is filled at the end. */
class Target {
 public:
  /** Not valid when there is no memory. */
  Target(Napi::Env env, const Napi::Value& array, const ArrayView& view) : size_(view.bytes.size()) {
    array_ = Napi::Persistent(array.As<Napi::Object>());
    buffer_ = AddonData::Of(env).loans.Find(view);
    borrowed_ = buffer_ != nullptr;
    if (!borrowed_) buffer_ = Buffer::Allocate(size_);
    if (buffer_ != nullptr) bytes_ = borrowed_ ? view.bytes : buffer_->bytes();
  }

  bool valid() const { return buffer_ != nullptr; }
  std::span<uint8_t> bytes() const { return bytes_; }
  const Buffer* buffer() const { return buffer_.get(); }

  /** False, with an exception pending, when the array has been detached or has changed its length meanwhile. */
  bool Finish(Napi::Env env, bool opened) {
    if (!opened) std::fill(bytes_.begin(), bytes_.end(), 0);
    ArrayView view;
    const bool same = ViewArray(array_.Value(), view) && view.bytes.size() == size_;
    if (same && !borrowed_) std::copy(bytes_.begin(), bytes_.end(), view.bytes.begin());
    if (!same) ThrowArgument(env, "target: expected to stay as it was until the promise is settled");
    if (!borrowed_ && !bytes_.empty()) explicit_bzero(bytes_.data(), bytes_.size());
    return same;
  }

 private:
  size_t size_;
  Napi::ObjectReference array_;
  std::shared_ptr<Buffer> buffer_;
  bool borrowed_ = false;
  std::span<uint8_t> bytes_;
};

class SealJob final : public Job {
 public:
  /** Into `out`, which is given away, or into `target` where there is one. */
  SealJob(Napi::Env env, std::shared_ptr<HeldKey> key, const Run& run, size_t chunks, std::shared_ptr<Buffer> in,
          std::span<const uint8_t> plain, std::shared_ptr<Buffer> out, std::optional<Target> target)
      : Job(env, std::move(key), run, chunks), in_(std::move(in)), plain_(plain), out_(std::move(out)), target_(std::move(target)) {}

  void RunRange(const Range& range) override {
    Part part = PartOf(range);
    const std::span<uint8_t> out = target_ ? target_->bytes() : out_->bytes();
    const size_t from = range.begin * chunkSize();
    part.in = plain_.subspan(from, std::min(range.end * chunkSize(), plain_.size()) - from);
    part.out = out.subspan(from + range.begin * kTagSize, part.in.size() + part.chunks * kTagSize);
    if (!SealPart(key(), part)) failed_ = true;
  }

 protected:
  Napi::Value Result(Napi::Env env) override {
    if (failed_) return ThrowSystem(env, ENOMEM, "malloc");
    if (!target_) return GiveAway(env, out_);
    (void)target_->Finish(env, true);
    return env.Undefined();
  }

 private:
  std::shared_ptr<Buffer> in_;
  std::span<const uint8_t> plain_;
  std::shared_ptr<Buffer> out_;
  std::optional<Target> target_;
  std::atomic<bool> failed_ = false;
};

/** The stretch of a target that a range has, and where it begins in the range. */
struct Stretch {
  size_t skip;
  std::span<uint8_t> bytes;
};

Stretch StretchOf(std::span<uint8_t> target, size_t skip, size_t rangeBegin, size_t rangeEnd) {
  const size_t begin = std::clamp(skip, rangeBegin, rangeEnd);
  const size_t end = std::clamp(skip + target.size(), rangeBegin, rangeEnd);
  return {begin - rangeBegin, begin < end ? target.subspan(begin - skip, end - begin) : std::span<uint8_t>()};
}

class OpenJob final : public Job {
 public:
  OpenJob(Napi::Env env, std::shared_ptr<HeldKey> key, const Run& run, size_t chunks, std::shared_ptr<Buffer> in,
          std::span<const uint8_t> sealed, size_t skip, Target target)
      : Job(env, std::move(key), run, chunks), in_(std::move(in)), sealed_(sealed), skip_(skip), target_(std::move(target)) {}

  void RunRange(const Range& range) override {
    Part part = PartOf(range);
    const size_t full = chunkSize() + kTagSize;
    part.in = sealed_.subspan(range.begin * full, std::min(range.end * full, sealed_.size()) - range.begin * full);
    const size_t begin = range.begin * chunkSize();
    const Stretch stretch = StretchOf(target_.bytes(), skip_, begin, begin + part.in.size() - part.chunks * kTagSize);
    if (!OpenInto(key(), part, stretch.skip, stretch.bytes)) changed_ = true;
  }

 protected:
  Napi::Value Result(Napi::Env env) override {
    return target_.Finish(env, !changed_) ? Napi::Boolean::New(env, !changed_) : env.Undefined();
  }

 private:
  std::shared_ptr<Buffer> in_;
  std::span<const uint8_t> sealed_;
  size_t skip_;
  Target target_;
  std::atomic<bool> changed_ = false;
};

class ReadJob final : public Job {
 public:
  ReadJob(Napi::Env env, std::shared_ptr<HeldKey> key, const Run& run, size_t chunks, FileDescriptor file,
          uint64_t position, size_t sealedSize, size_t skip, Target target)
      : Job(env, std::move(key), run, chunks), file_(std::move(file)), position_(position), sealed_size_(sealedSize),
        skip_(skip), target_(std::move(target)) {}

  /** So much at a time that it is still in the cache when it is opened. */
  void RunRange(const Range& range) override {
    const size_t step = kPartSize / chunkSize();
    const std::shared_ptr<Buffer> scratch = Buffer::Allocate(std::min(step, range.end - range.begin) * (chunkSize() + kTagSize));
    if (scratch == nullptr) error_ = ENOMEM;
    for (size_t begin = range.begin; begin < range.end && good(); begin += step) {
      RunStep({begin, std::min(begin + step, range.end)}, scratch->bytes());
    }
  }

 protected:
  Napi::Value Result(Napi::Env env) override {
    if (!target_.Finish(env, good())) return env.Undefined();
    if (error_ != 0) return ThrowSystem(env, error_, error_ == ENOMEM ? "malloc" : "pread");
    return Napi::String::New(env, short_ ? "short" : changed_ ? "changed" : "opened");
  }

 private:
  bool good() const { return error_ == 0 && !short_ && !changed_; }

  void RunStep(const Range& range, std::span<uint8_t> scratch) {
    Part part = PartOf(range);
    const size_t full = chunkSize() + kTagSize;
    const size_t from = range.begin * full;
    const std::span<uint8_t> sealed = scratch.first(std::min(range.end * full, sealed_size_) - from);
    if (!ReadAll(sealed, position_ + from)) return;
    part.in = sealed;
    const size_t begin = range.begin * chunkSize();
    const Stretch stretch = StretchOf(target_.bytes(), skip_, begin, begin + sealed.size() - part.chunks * kTagSize);
    if (!OpenInto(key(), part, stretch.skip, stretch.bytes)) changed_ = true;
  }

  bool ReadAll(std::span<uint8_t> out, uint64_t position) {
    while (!out.empty()) {
      const ssize_t count = pread(file_.get(), out.data(), out.size(), static_cast<off_t>(position));
      if (count < 0 && errno != EINTR) error_ = errno;
      if (count == 0) short_ = true;
      if (count == 0 || (count < 0 && errno != EINTR)) return false;
      if (count < 0) continue;
      out = out.subspan(static_cast<size_t>(count));
      position += static_cast<uint64_t>(count);
    }
    return true;
  }

  FileDescriptor file_;
  uint64_t position_;
  size_t sealed_size_;
  size_t skip_;
  Target target_;
  std::atomic<int> error_ = 0;
  std::atomic<bool> short_ = false;
  std::atomic<bool> changed_ = false;
};

/** Checks a run of sealed chunks and what is wanted of it. Nothing, with an exception pending, where it cannot be. */
std::optional<size_t> CountSealed(Napi::Env env, const HeldKey& key, size_t sealedSize, const Run& run, size_t skip,
                                  size_t targetSize) {
  const auto plainSize = PlainSize(key.scheme(), sealedSize, run);
  const auto chunks = plainSize ? CountChunks(key.scheme(), *plainSize, run) : std::nullopt;
  if (!chunks || run.first + *chunks > kMaxChunks) {
    ThrowArgument(env, kWrongRun);
    return std::nullopt;
  }
  if (skip <= *plainSize && targetSize <= *plainSize - skip) return chunks;
  ThrowArgument(env, "target: expected no more bytes than there are from skip on");
  return std::nullopt;
}

constexpr const char* kTarget = "target: expected a Uint8Array of at most 1 GiB";
constexpr const char* kSkip = "skip: expected an integer from 0 to 1073741824";

}  // namespace

Napi::Value SealAsync(const Napi::CallbackInfo& info) {
  AeadArguments arguments(info);
  auto key = arguments.TakeChunkKey();
  const Run run = arguments.TakeRun();
  const ArrayView plain = arguments.TakeArray("plaintext: expected a Uint8Array of at most 1 GiB", 0, kMaxCall);
  const bool hasTarget = !info[4].IsUndefined();
  const ArrayView view = hasTarget ? arguments.TakeArray(kTarget, 0, 2 * kMaxCall) : ArrayView{};
  if (!arguments.valid()) return info.Env().Undefined();
  const auto chunks = CountChunks(key->scheme(), plain.bytes.size(), run);
  if (!chunks || run.first + *chunks > kMaxChunks) return ThrowArgument(info.Env(), kWrongRun);
  const size_t sealedSize = plain.bytes.size() + *chunks * kTagSize;
  if (hasTarget && view.bytes.size() != sealedSize) {
    return ThrowArgument(info.Env(), "target: expected exactly the length of the sealed run");
  }
  std::optional<Target> target;
  if (hasTarget) target.emplace(info.Env(), info[4], view);
  auto lent = AddonData::Of(info.Env()).loans.Find(plain);
  // What may be overwritten while it is read is copied.
  if (hasTarget && lent.get() == target->buffer()) lent = nullptr;
  const auto in = lent == nullptr ? Buffer::Copy(plain.bytes) : lent;
  auto out = hasTarget ? nullptr : Buffer::Allocate(sealedSize);
  if (in == nullptr || (hasTarget ? !target->valid() : out == nullptr)) return ThrowSystem(info.Env(), ENOMEM, "malloc");
  const auto bytes = lent == nullptr ? in->bytes() : plain.bytes;
  return Share<SealJob>(info.Env(), std::move(key), run, *chunks, in, bytes, std::move(out), std::move(target))
      ->Start(info.Env());
}

Napi::Value OpenAsync(const Napi::CallbackInfo& info) {
  AeadArguments arguments(info);
  auto key = arguments.TakeChunkKey();
  const Run run = arguments.TakeRun();
  const ArrayView sealed = arguments.TakeArray("sealed: expected a Uint8Array of at most 1 GiB", 0, kMaxCall);
  const Napi::Value array = info[4];
  const ArrayView view = arguments.TakeArray(kTarget, 0, kMaxCall);
  const size_t skip = arguments.TakeSize(kSkip, 0, kMaxCall);
  if (!arguments.valid()) return info.Env().Undefined();
  const auto chunks = CountSealed(info.Env(), *key, sealed.bytes.size(), run, skip, view.bytes.size());
  if (!chunks) return info.Env().Undefined();
  Target target(info.Env(), array, view);
  auto lent = AddonData::Of(info.Env()).loans.Find(sealed);
  // What may be overwritten while it is read is copied.
  if (lent.get() == target.buffer()) lent = nullptr;
  const auto in = lent == nullptr ? Buffer::Copy(sealed.bytes) : lent;
  if (in == nullptr || !target.valid()) return ThrowSystem(info.Env(), ENOMEM, "malloc");
  const auto bytes = lent == nullptr ? in->bytes() : sealed.bytes;
  return Share<OpenJob>(info.Env(), std::move(key), run, *chunks, in, bytes, skip, std::move(target))
      ->Start(info.Env());
}

Napi::Value ReadAsync(const Napi::CallbackInfo& info) {
  AeadArguments arguments(info);
  auto key = arguments.TakeChunkKey();
  const Run run = arguments.TakeRun();
  const size_t fd = arguments.TakeSize("fd: expected a file descriptor", 0, INT32_MAX);
  const size_t position = arguments.TakeSize("position: expected a position in a file", 0, size_t{1} << 53);
  const size_t sealedSize = arguments.TakeSize("sealedBytes: expected an integer from 0 to 1073741824", 0, kMaxCall);
  const Napi::Value array = info[6];
  const ArrayView view = arguments.TakeArray(kTarget, 0, kMaxCall);
  const size_t skip = arguments.TakeSize(kSkip, 0, kMaxCall);
  if (!arguments.valid()) return info.Env().Undefined();
  const auto chunks = CountSealed(info.Env(), *key, sealedSize, run, skip, view.bytes.size());
  if (!chunks) return info.Env().Undefined();
  // Of its own: the caller may close the other one, and another file may get its number.
  FileDescriptor file(fcntl(static_cast<int>(fd), F_DUPFD_CLOEXEC, 0));
  if (!file.valid()) return ThrowSystem(info.Env(), errno, "fcntl");
  Target target(info.Env(), array, view);
  if (!target.valid()) return ThrowSystem(info.Env(), ENOMEM, "malloc");
  return Share<ReadJob>(info.Env(), std::move(key), run, *chunks, std::move(file), position, sealedSize, skip,
                                   std::move(target))
      ->Start(info.Env());
}

}  // namespace tresor
