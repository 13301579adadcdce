// Room for many small keys in few locked pages: RLIMIT_MEMLOCK counts pages, and every open message has a key. Belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "locked_pages.h"

namespace tresor {

class KeySlots {
 public:
  static constexpr size_t kSlotSize = 64;

  class Page;

  /** One of the places, zeroed when it is given back. Stays valid when the rest of this has gone. */
  class Slot {
   public:
    Slot() = default;
    Slot(std::shared_ptr<Page> page, size_t index);
    Slot(Slot&& other) noexcept;
    Slot& operator=(Slot&& other) noexcept;
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    ~Slot();

    bool valid() const { return page_ != nullptr; }
    std::span<uint8_t> bytes() const;

   private:
    void Release();

    std::shared_ptr<Page> page_;
    size_t index_ = 0;
  };

  /** Not valid when there is no memory. */
  Slot Take();

 private:
  std::vector<std::shared_ptr<Page>> pages_;
};

}  // namespace tresor
