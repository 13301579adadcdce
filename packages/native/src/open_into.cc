// See open_into.h.
#include "open_into.h"

#include <string.h>

#include <algorithm>
#include <vector>

namespace tresor {
namespace {

/** Chunks of `part` from number `begin` on, to be opened into `out`. */
Part Select(const ChunkKey& key, const Part& part, size_t begin, size_t end, std::span<uint8_t> out) {
  const size_t full = ChunkSize(key.scheme) + kTagSize;
  const size_t from = begin * full;
  const size_t size = std::min(end * full, part.in.size()) - from;
  return {part.firstChunk + begin, end - begin, part.last && end == part.chunks, part.in.subspan(from, size), out};
}

/** One chunk of which the target has a part only, or nothing. */
bool OpenEdge(const ChunkKey& key, const Part& part, size_t chunk, size_t skip, std::span<uint8_t> target) {
  const size_t size = ChunkSize(key.scheme);
  std::vector<uint8_t> scratch(size);
  Part edge = Select(key, part, chunk, chunk + 1, scratch);
  edge.out = edge.out.first(edge.in.size() - kTagSize);
  if (!OpenPart(key, edge)) return false;
  const size_t begin = std::max(skip, chunk * size);
  const size_t end = std::min(skip + target.size(), chunk * size + edge.out.size());
  if (begin < end) std::copy_n(edge.out.begin() + static_cast<ptrdiff_t>(begin - chunk * size), end - begin, target.begin() + static_cast<ptrdiff_t>(begin - skip));
  explicit_bzero(scratch.data(), scratch.size());
  return true;
}

}  // namespace

bool OpenInto(const ChunkKey& key, const Part& part, size_t skip, std::span<uint8_t> target) {
  const size_t size = ChunkSize(key.scheme);
  const size_t plainSize = part.in.size() - part.chunks * kTagSize;
  const size_t end = skip + target.size();
  // Chunks that the target has whole need no copy.
  const size_t directBegin = std::min((skip + size - 1) / size, part.chunks);
  const size_t directEnd = std::max(directBegin, end == plainSize ? part.chunks : end / size);
  for (size_t chunk = 0; chunk < part.chunks; ++chunk) {
    if (chunk == directBegin && directEnd > directBegin) chunk = directEnd;
    if (chunk < part.chunks && !OpenEdge(key, part, chunk, skip, target)) return false;
  }
  if (directEnd == directBegin) return true;
  const auto out = target.subspan(directBegin * size - skip, std::min(directEnd * size, plainSize) - directBegin * size);
  return OpenPart(key, Select(key, part, directBegin, directEnd, out));
}

}  // namespace tresor
