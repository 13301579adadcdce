// The arguments of the calls that encrypt in bulk: in order, each checked as it is taken, as with MemoryArguments.
#pragma once

#include <memory>

#include "buffers.h"
#include "chunk_key.h"
#include "memory_arguments.h"

namespace tresor {

/** What a handle of a chunk key stands for; null inside once it is wiped. */
struct ChunkKeyHandle {
  std::shared_ptr<HeldKey> key;
};

/** A new handle. Empty, with an exception pending, when there is no memory. */
Napi::Value CreateChunkKeyHandle(Napi::Env env, std::shared_ptr<HeldKey> key);

class AeadArguments : public MemoryArguments {
 public:
  using MemoryArguments::MemoryArguments;

  /** A key of 32 bytes: locked memory or a Uint8Array. */
  std::span<const uint8_t> TakeSecret();
  ChunkKeyHandle* TakeHandle();
  /** One that is not wiped. */
  std::shared_ptr<HeldKey> TakeChunkKey();
  Run TakeRun();
  /** A Uint8Array of `min` to `max` bytes. */
  ArrayView TakeArray(const char* message, size_t min, size_t max);
  bool TakeBoolean(const char* message);
  /** Throws `message` when `condition` is false, unless something was refused before. */
  void Require(bool condition, const char* message);
};

/** Most bytes that one call takes. */
constexpr size_t kMaxCall = size_t{1} << 30;

}  // namespace tresor
