// How lengths are rounded before the host sees them.

/** `block`: to 4 KiB. `padme`: further, so that of a length of L bits about log2 L are told (PADMÉ, Nikitin et al., PETS 2019). */
export type Padding = 'block' | 'padme'

export const blockBytes = 4096

/** The least length that may be seen for `length`. */
export function roundLength(length: number, padding: Padding): number {
  const wanted = padding === 'padme' ? padme(length) : length
  return Math.ceil(wanted / blockBytes) * blockBytes
}

function padme(length: number): number {
  if (length < 2) return length
  const exponent = Math.floor(Math.log2(length))
  const kept = Math.floor(Math.log2(exponent)) + 1
  const step = 2 ** Math.max(0, exponent - kept)
  return Math.ceil(length / step) * step
}

/**
 * So many bytes of plaintext, at least `length`, that `before` and their ciphertext together have a rounded length.
 * `sealedLength` grows by one for each byte, and by a tag now and then.
 */
export function padPlaintext(
  length: number,
  before: number,
  padding: Padding,
  sealedLength: (length: number) => number
): number {
  let padded = length
  for (let tries = 0; tries < 8; tries++) {
    const total = before + sealedLength(padded)
    const missing = roundLength(total, padding) - total
    if (missing === 0) break
    padded += missing
  }
  return padded
}
