// Bytes that tell where they stand, for tests in which order and length count.

/** Of any length, always the same. */
export function bytesOf(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at++) bytes[at] = (at * 31 + (at >> 8)) & 255
  return bytes
}
