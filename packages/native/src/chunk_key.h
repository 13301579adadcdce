// The key of one message whose chunks are sealed one by one, and how they are cut: Cobblestone-256 (c2sp.org/chunked-encryption) or the
// payload of age (c2sp.org/age).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "key_slots.h"

namespace tresor {

constexpr size_t kKeySize = 32;
constexpr size_t kNonceSize = 12;
constexpr size_t kSecretSize = kKeySize + kNonceSize;
constexpr size_t kTagSize = 16;
constexpr uint64_t kMaxChunks = uint64_t{1} << 38;

enum class Scheme { kCobblestone, kStream };

constexpr size_t ChunkSize(Scheme scheme) { return scheme == Scheme::kCobblestone ? 16384 : 65536; }

/** Chunks that stand together in a message. */
struct Run {
  /** Number of the first. */
  uint64_t first = 0;
  /** Whether the message ends with them. */
  bool last = false;
};

/** How many chunks a run of so much plaintext has; nothing where no run has this size. */
std::optional<size_t> CountChunks(Scheme scheme, size_t plainSize, const Run& run);

/** How much plaintext is in so many sealed bytes; nothing where no run has this size. */
std::optional<size_t> PlainSize(Scheme scheme, size_t sealedSize, const Run& run);

/** Key and base nonce, wherever they are kept. */
struct ChunkKey {
  Scheme scheme;
  /** kSecretSize bytes. */
  const uint8_t* secret;

  /** Of chunk number `chunk`; `last` counts for age only. */
  std::array<uint8_t, kNonceSize> Nonce(uint64_t chunk, bool last) const;
};

/** Keeps key and base nonce in locked memory. */
class HeldKey {
 public:
  HeldKey(Scheme scheme, KeySlots::Slot slot) : scheme_(scheme), slot_(std::move(slot)) {}

  std::span<uint8_t> bytes() const { return slot_.bytes().first(kSecretSize); }
  ChunkKey view() const { return {scheme_, slot_.bytes().data()}; }
  Scheme scheme() const { return scheme_; }

 private:
  Scheme scheme_;
  KeySlots::Slot slot_;
};

/** Some chunks of a run, for one thread. Each chunk but the last of a run is full. */
struct Part {
  uint64_t firstChunk = 0;
  size_t chunks = 0;
  /** The run's last chunk is the last of this part, and the message's last. */
  bool last = false;
  std::span<const uint8_t> in;
  std::span<uint8_t> out;
};

/** False when OpenSSL refuses, which it does for want of memory only. */
bool SealPart(const ChunkKey& key, const Part& part);

/** False, and zeros in all of `out`, when a chunk is not what was sealed. */
bool OpenPart(const ChunkKey& key, const Part& part);

}  // namespace tresor
