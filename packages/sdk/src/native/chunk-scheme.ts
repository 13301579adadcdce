// How a message is cut into chunks that are sealed one by one: Cobblestone-256 (c2sp.org/chunked-encryption) and the payload of age
// (c2sp.org/age), a variant of STREAM.

export const tagBytes = 16

export interface ChunkScheme {
  readonly name: 'cobblestone' | 'stream'
  readonly cipher: 'aes-256-gcm' | 'chacha20-poly1305'
  /** Of the plaintext of every chunk but the last. */
  readonly chunkBytes: number
  /** How long the last chunk may be. */
  readonly maxLastBytes: number
}

/** The last chunk is always shorter than the others, and may be empty: its length is what marks it. */
export const cobblestoneScheme: ChunkScheme = {
  name: 'cobblestone',
  cipher: 'aes-256-gcm',
  chunkBytes: 16_384,
  maxLastBytes: 16_383
}

/** The last chunk has a flag in its nonce; it is empty only where everything is. */
export const streamScheme: ChunkScheme = {
  name: 'stream',
  cipher: 'chacha20-poly1305',
  chunkBytes: 65_536,
  maxLastBytes: 65_536
}

/** Chunks that stand together in a message. */
export interface ChunkRun {
  /** Number of the first one; the message begins with 0. */
  readonly first: number
  /** Whether the message ends with them. */
  readonly isLast: boolean
}

/** How many chunks a run of so much plaintext has; `undefined` where no run has this length. */
export function countChunks(scheme: ChunkScheme, plaintextBytes: number, run: ChunkRun): number | undefined {
  const { chunkBytes } = scheme
  if (!run.isLast)
    return plaintextBytes > 0 && plaintextBytes % chunkBytes === 0 ? plaintextBytes / chunkBytes : undefined
  if (scheme.name === 'cobblestone') return Math.floor(plaintextBytes / chunkBytes) + 1
  if (plaintextBytes === 0) return run.first === 0 ? 1 : undefined
  return Math.ceil(plaintextBytes / chunkBytes)
}

/** How much plaintext is in so many sealed bytes; `undefined` where no run has this length. */
export function plaintextBytesOf(scheme: ChunkScheme, sealedBytes: number, run: ChunkRun): number | undefined {
  const sealedChunk = scheme.chunkBytes + tagBytes
  const count =
    run.isLast && scheme.name === 'cobblestone'
      ? Math.floor(sealedBytes / sealedChunk) + 1
      : Math.ceil(sealedBytes / sealedChunk)
  const plaintextBytes = sealedBytes - count * tagBytes
  if (plaintextBytes < 0) return undefined
  return countChunks(scheme, plaintextBytes, run) === count ? plaintextBytes : undefined
}

/** Where chunk number `index` of a run lies in it. */
export function isFinalChunk(scheme: ChunkScheme, index: number, count: number, run: ChunkRun): boolean {
  return scheme.name === 'stream' && run.isLast && index === count - 1
}

/** Nonce of 12 bytes: the number of the chunk, into `base` (Cobblestone) or before the flag of the last one (age). */
export function chunkNonce(scheme: ChunkScheme, base: Uint8Array, chunk: number, isFinal: boolean): Uint8Array {
  const nonce = new Uint8Array(base)
  const end = scheme.name === 'cobblestone' ? 12 : 11
  for (let at = end - 1, rest = chunk; rest > 0; at--, rest = Math.floor(rest / 256)) {
    nonce[at] = (nonce[at] as number) ^ (rest % 256) // within the nonce: a safe integer has seven bytes
  }
  if (isFinal) nonce[11] = 1
  return nonce
}
