// See key_slots.h.
#include "key_slots.h"

#include <string.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "share.h"

namespace tresor {

class KeySlots::Page {
 public:
  static constexpr size_t kSlots = 64;

  bool valid() const { return memory_.valid(); }
  bool full() const { return taken_ == ~uint64_t{0}; }
  bool empty() const { return taken_ == 0; }

  size_t Take() {
    const auto index = static_cast<size_t>(std::countr_one(taken_));
    taken_ |= uint64_t{1} << index;
    return index;
  }

  void Free(size_t index) {
    explicit_bzero(bytes(index).data(), kSlotSize);
    taken_ &= ~(uint64_t{1} << index);
  }

  std::span<uint8_t> bytes(size_t index) const { return memory_.bytes().subspan(index * kSlotSize, kSlotSize); }

 private:
  LockedPages memory_ = LockedPages::Secret(kSlots * kSlotSize);
  uint64_t taken_ = 0;
};

KeySlots::Slot::Slot(std::shared_ptr<Page> page, size_t index) : page_(std::move(page)), index_(index) {}

KeySlots::Slot::Slot(Slot&& other) noexcept : page_(std::move(other.page_)), index_(other.index_) {}

KeySlots::Slot& KeySlots::Slot::operator=(Slot&& other) noexcept {
  Release();
  page_ = std::move(other.page_);
  index_ = other.index_;
  return *this;
}

KeySlots::Slot::~Slot() { Release(); }

void KeySlots::Slot::Release() {
  if (page_ != nullptr) page_->Free(index_);
  page_ = nullptr;
}

std::span<uint8_t> KeySlots::Slot::bytes() const { return page_->bytes(index_); }

KeySlots::Slot KeySlots::Take() {
  const auto found = std::find_if(pages_.begin(), pages_.end(), [](const auto& page) { return !page->full(); });
  if (found != pages_.end()) return {*found, (*found)->Take()};
  auto page = Share<Page>();
  if (!page->valid()) return {};
  std::erase_if(pages_, [](const auto& kept) { return kept->empty(); });
  pages_.push_back(page);
  return {page, page->Take()};
}

}  // namespace tresor
