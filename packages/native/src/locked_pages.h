// Memory for secrets: kept out of swap and core dumps, between two guard pages, zeroed before it is given back.
//
// Two flavours. Secret: memfd_secret(2), which the kernel itself cannot read through its own map, else ordinary locked memory.
// Ordinary: for buffers that a driver fills, because what looks into a process from outside (debuggers, supervisors of tests)
// cannot reach secret memory. Where RLIMIT_MEMLOCK forbids locking the memory is still given, and says that it is not locked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tresor {

class LockedPages {
 public:
  enum class Kind { kNone, kSecret, kLocked, kUnlocked };

  static LockedPages Secret(size_t size);
  static LockedPages Ordinary(size_t size);

  LockedPages() = default;
  LockedPages(LockedPages&& other) noexcept { Swap(other); }
  LockedPages& operator=(LockedPages&& other) noexcept {
    Swap(other);
    return *this;
  }
  LockedPages(const LockedPages&) = delete;
  LockedPages& operator=(const LockedPages&) = delete;
  ~LockedPages();

  /** False when there was no memory at all, and after Release. */
  bool valid() const { return kind_ != Kind::kNone; }
  std::span<uint8_t> bytes() const { return {data_, size_}; }
  Kind kind() const { return kind_; }
  bool excluded_from_dumps() const { return excluded_from_dumps_; }
  /** Why the memory is not locked: errno of mlock. */
  int lock_error() const { return lock_error_; }

  /** Zeroes and unmaps. */
  void Release();

  /** The bytes as a structure that the kernel defines; the mapping is aligned for it and large enough by construction. */
  template <typename T>
  T* as() const {
    return reinterpret_cast<T*>(data_);
  }

 private:
  explicit LockedPages(size_t size);
  bool MapSecret();
  bool MapOrdinary();
  bool Map(int flags, int fd);
  uint8_t* usable() const;
  size_t usable_size() const;
  void Swap(LockedPages& other) noexcept;

  uint8_t* mapping_ = nullptr;
  size_t mapping_size_ = 0;
  uint8_t* data_ = nullptr;
  size_t size_ = 0;
  Kind kind_ = Kind::kNone;
  bool excluded_from_dumps_ = false;
  int lock_error_ = 0;
};

}  // namespace tresor
