// See locked_pages.h; the calls are memfd_secret(2), mlock(2), madvise(2).
#include "locked_pages.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "file_descriptor.h"

namespace tresor {
namespace {

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

constexpr size_t kAlignment = 16;

size_t PageSize() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

size_t RoundUp(size_t size, size_t unit) { return (size + unit - 1) / unit * unit; }

}  // namespace

LockedPages LockedPages::Secret(size_t size) {
  LockedPages pages(size);
  if (!pages.MapSecret()) pages.MapOrdinary();
  return pages;
}

LockedPages LockedPages::Ordinary(size_t size) {
  LockedPages pages(size);
  pages.MapOrdinary();
  return pages;
}

LockedPages::LockedPages(size_t size) : mapping_size_(RoundUp(size, PageSize()) + 2 * PageSize()), size_(size) {}

LockedPages::~LockedPages() { Release(); }

void LockedPages::Release() {
  if (!valid()) return;
  explicit_bzero(data_, size_);
  munmap(mapping_, mapping_size_);
  mapping_ = nullptr;
  data_ = nullptr;
  size_ = 0;
  kind_ = Kind::kNone;
}

/** Secret memory is locked by nature, and counts against RLIMIT_MEMLOCK when it is mapped. */
bool LockedPages::MapSecret() {
  const FileDescriptor fd(static_cast<int>(syscall(SYS_memfd_secret, O_CLOEXEC)));
  if (!fd.valid() || ftruncate(fd.get(), static_cast<off_t>(mapping_size_)) != 0) return false;
  if (!Map(MAP_SHARED, fd.get())) return false;
  kind_ = Kind::kSecret;
  // Shared memory cannot be wiped in a forked child, but kept out of it.
  (void)madvise(usable(), usable_size(), MADV_DONTFORK);
  return true;
}

bool LockedPages::MapOrdinary() {
  if (!Map(MAP_PRIVATE | MAP_ANONYMOUS, -1)) return false;
  lock_error_ = mlock(usable(), usable_size()) == 0 ? 0 : errno;
  kind_ = lock_error_ == 0 ? Kind::kLocked : Kind::kUnlocked;
  (void)madvise(usable(), usable_size(), MADV_WIPEONFORK);
  return true;
}

/** Maps everything, then takes all access from the first and the last page. The bytes end where the last page begins. */
bool LockedPages::Map(int flags, int fd) {
  const size_t page = PageSize();
  void* memory = mmap(nullptr, mapping_size_, PROT_READ | PROT_WRITE, flags, fd, 0);
  if (memory == MAP_FAILED) return false;
  mapping_ = static_cast<uint8_t*>(memory);
  data_ = usable() + usable_size() - RoundUp(size_, kAlignment);
  // No guard is no danger in itself: what could fail here is the limit of mappings.
  (void)mprotect(mapping_, page, PROT_NONE);
  (void)mprotect(usable() + usable_size(), page, PROT_NONE);
  excluded_from_dumps_ = madvise(usable(), usable_size(), MADV_DONTDUMP) == 0;
  return true;
}

uint8_t* LockedPages::usable() const { return mapping_ + PageSize(); }

size_t LockedPages::usable_size() const { return mapping_size_ - 2 * PageSize(); }

void LockedPages::Swap(LockedPages& other) noexcept {
  std::swap(mapping_, other.mapping_);
  std::swap(mapping_size_, other.mapping_size_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(kind_, other.kind_);
  std::swap(excluded_from_dumps_, other.excluded_from_dumps_);
  std::swap(lock_error_, other.lock_error_);
}

}  // namespace tresor
