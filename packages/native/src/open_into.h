// Opens a run of chunks of which only a stretch is wanted.
#pragma once

#include "chunk_key.h"

namespace tresor {

/**
 * Opens all chunks of `part` (its `out` is not looked at) and copies their plaintext from byte `skip` on into `target`. False when one of them
 * is not what was sealed; `target` then holds plaintext of the others, or zeros.
 */
bool OpenInto(const ChunkKey& key, const Part& part, size_t skip, std::span<uint8_t> target);

}  // namespace tresor
