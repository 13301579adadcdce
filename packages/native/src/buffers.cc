// See buffers.h.
#include "buffers.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "bytes.h"
#include "share.h"

namespace tresor {
namespace {

/** Below it a copy costs less than a finalizer. */
constexpr size_t kWorthLending = 65536;

/** An ArrayBuffer on the memory itself. Runs `end` when JavaScript has no use for it any more, or never had it. */
template <typename End>
Napi::Value Expose(Napi::Env env, std::shared_ptr<Buffer> buffer, End end) {
  struct Loan {
    std::shared_ptr<Buffer> buffer;
    End end;
    ~Loan() { end(); }
  };
  const std::span<uint8_t> bytes = buffer->bytes();
  std::unique_ptr<Loan> loan(new Loan{std::move(buffer), std::move(end)});
  const auto giveBack = [](napi_env, void*, void* hint) { delete static_cast<Loan*>(hint); };
  napi_value array = nullptr;
  napi_value view = nullptr;
  if (napi_create_external_arraybuffer(env, bytes.data(), bytes.size(), giveBack, loan.get(), &array) != napi_ok) {
    return CopyBytes(env, bytes);
  }
  (void)loan.release();
  if (napi_create_typedarray(env, napi_uint8_array, bytes.size(), array, 0, &view) == napi_ok) return {env, view};
  Napi::Error::New(env, "out of memory for a Uint8Array").ThrowAsJavaScriptException();
  return env.Undefined();
}

}  // namespace

std::shared_ptr<Buffer> Buffer::Allocate(size_t size) {
  auto* data = static_cast<uint8_t*>(std::malloc(std::max<size_t>(size, 1)));
  return data == nullptr ? nullptr : Share<Buffer>(data, size);
}

std::shared_ptr<Buffer> Buffer::Copy(std::span<const uint8_t> bytes) {
  std::shared_ptr<Buffer> buffer = Allocate(bytes.size());
  if (buffer != nullptr) std::copy(bytes.begin(), bytes.end(), buffer->bytes().begin());
  return buffer;
}

Buffer::~Buffer() { std::free(data_); }

bool ViewArray(const Napi::Value& value, ArrayView& view) {
  if (!value.IsTypedArray()) return false;
  napi_typedarray_type type = napi_int8_array;
  size_t length = 0;
  size_t offset = 0;
  void* data = nullptr;
  napi_value buffer = nullptr;
  bool owned = false;
  if (napi_get_typedarray_info(value.Env(), value, &type, &length, &data, &buffer, &offset) != napi_ok) return false;
  if (type != napi_uint8_array || napi_is_arraybuffer(value.Env(), buffer, &owned) != napi_ok) return false;
  auto* bytes = static_cast<uint8_t*>(data);
  view = {{bytes, bytes == nullptr ? 0 : length}, bytes == nullptr ? nullptr : bytes - offset, !owned};
  return true;
}

Napi::Value GiveAway(Napi::Env env, std::shared_ptr<Buffer> buffer) {
  const std::span<uint8_t> bytes = buffer->bytes();
  if (bytes.size() < kWorthLending) return CopyBytes(env, bytes);
  return Expose(env, std::move(buffer), [] {});
}

Napi::Value Loans::Lend(Napi::Env env, std::shared_ptr<Buffer> buffer) {
  const std::span<uint8_t> bytes = buffer->bytes();
  if (bytes.size() < kWorthLending) return CopyBytes(env, bytes);
  borrowed_->emplace(bytes.data(), buffer);
  return Expose(env, std::move(buffer), [borrowed = borrowed_, data = bytes.data()] { borrowed->erase(data); });
}

std::shared_ptr<Buffer> Loans::Find(const ArrayView& view) const {
  const auto found = borrowed_->find(view.base);
  if (found == borrowed_->end()) return nullptr;
  const std::span<uint8_t> whole = found->second->bytes();
  const bool within = view.bytes.data() + view.bytes.size() <= whole.data() + whole.size();
  return within ? found->second : nullptr;
}

}  // namespace tresor
