// Bytes that other threads work on. An ArrayBuffer of JavaScript can be detached, shrunk or collected at any time, so that a thread never
// touches one: it works on a copy, or on memory that is ours and that JavaScript has only borrowed.
#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>

#include "share.h"

namespace tresor {

/** Memory from malloc. */
class Buffer {
 public:
  /** Null when there is no memory. The content is whatever was there. */
  static std::shared_ptr<Buffer> Allocate(size_t size);
  static std::shared_ptr<Buffer> Copy(std::span<const uint8_t> bytes);

  Buffer(uint8_t* data, size_t size) : data_(data), size_(size) {}
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer();

  std::span<uint8_t> bytes() const { return {data_, size_}; }

 private:
  uint8_t* data_;
  size_t size_;
};

/** A Uint8Array, looked at. Valid until JavaScript runs again. */
struct ArrayView {
  std::span<uint8_t> bytes;
  /** Where its ArrayBuffer begins. */
  const uint8_t* base = nullptr;
  /** Other threads of JavaScript see it too. */
  bool shared = false;
};

/** False for everything that is no Uint8Array. One that is detached, or out of the bounds of a buffer that has shrunk, has no bytes. */
bool ViewArray(const Napi::Value& value, ArrayView& view);

/** A Uint8Array of all of it, without a copy where that pays. Empty, with an exception pending, when there is no memory. */
Napi::Value GiveAway(Napi::Env env, std::shared_ptr<Buffer> buffer);

/** Our memory that one environment has borrowed and that threads may work on, by where it begins. */
class Loans {
 public:
  /** As GiveAway; `Find` knows it, unless it is too small to matter. */
  Napi::Value Lend(Napi::Env env, std::shared_ptr<Buffer> buffer);
  /** The buffer that `view` is on; null where it is not ours. Keeps the memory alive whatever JavaScript does with the view. */
  std::shared_ptr<Buffer> Find(const ArrayView& view) const;

 private:
  using Borrowed = std::unordered_map<const uint8_t*, std::shared_ptr<Buffer>>;

  /** Shared with the finalizers, which may come after everything else. */
  std::shared_ptr<Borrowed> borrowed_ = Share<Borrowed>();
};

}  // namespace tresor
