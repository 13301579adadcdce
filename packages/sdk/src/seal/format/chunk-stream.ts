// Streams through the chunks of a message, a mebibyte at a time: while one batch is sealed or opened in other threads, the next one comes in.
import { concatBytes, type SealError, UsageError } from '../../core/index.js'
import {
  type Aead,
  type ChunkCipher,
  type ChunkRun,
  type ChunkScheme,
  countChunks,
  plaintextBytesOf,
  tagBytes
} from '../../native/index.js'

/** Bytes that come one after the other: a stream of Node or the Web, an array, a generator. */
export type ByteSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

const batchBytes = 1 << 20
const nothing = new Uint8Array(0)

/** What a format says of bytes that are not right. */
export interface ChunkFailures {
  truncated(): SealError
  changed(chunk: number): SealError
}

interface Batch {
  readonly bytes: Uint8Array
  /** Number of its first chunk. */
  readonly first: number
  readonly isLast: boolean
}

/**
 * The sealed chunks of all that `source` gives. `fleeting`: a piece is good until the next one is asked for, which saves memory and time
 * where it is written away at once.
 */
export async function* sealChunks(
  aead: Aead,
  cipher: ChunkCipher,
  source: ByteSource,
  fleeting = false
): AsyncGenerator<Uint8Array> {
  const batches = readBatches(aead, source, cipher.scheme.chunkBytes)
  const targets = createTargets(aead, cipher.scheme, fleeting)
  yield* workAhead(batches, ({ bytes, first, isLast }) => {
    const run = { first, isLast }
    return cipher.sealLater(bytes, run, targets(bytes.length, run))
  })
}

/** Where results go: to one of three in turn, of which one is being read, one filled and one about to be. */
function createTargets(
  aead: Aead,
  scheme: ChunkScheme,
  fleeting: boolean
): (bytes: number, run: ChunkRun) => Uint8Array | undefined {
  const targets: Uint8Array[] = []
  let turn = 0
  return (bytes, run) => {
    const sealed = bytes + (countChunks(scheme, bytes, run) ?? 0) * tagBytes
    if (!fleeting || run.isLast) return undefined
    const at = turn++ % 3
    const target = targets[at] ?? aead.allocate(sealed)
    targets[at] = target
    return target
  }
}

/** The plaintext. Each chunk is given out once its tag has been verified; only the end says that nothing is missing. */
export async function* openChunks(
  aead: Aead,
  cipher: ChunkCipher,
  source: ByteSource,
  failures: ChunkFailures
): AsyncGenerator<Uint8Array> {
  const batches = readBatches(aead, source, cipher.scheme.chunkBytes + tagBytes)
  for await (const opened of workAhead(batches, (batch) => openBatch(cipher, batch, failures))) {
    if (opened.plaintext.length > 0) yield opened.plaintext
    if (opened.failure !== undefined) throw opened.failure
  }
}

interface OpenedBatch {
  readonly plaintext: Uint8Array
  readonly failure?: SealError
}

async function openBatch(cipher: ChunkCipher, batch: Batch, failures: ChunkFailures): Promise<OpenedBatch> {
  const bytes = plaintextBytesOf(cipher.scheme, batch.bytes.length, batch)
  if (bytes === undefined) return openSingly(cipher, batch, failures)
  const plaintext = new Uint8Array(bytes)
  const { first, isLast } = batch
  if (await cipher.openInto(plaintext, { sealed: batch.bytes, first, isLast }, 0)) return { plaintext }
  return openSingly(cipher, batch, failures)
}

/** What is genuine before the first chunk that is not. */
function openSingly(cipher: ChunkCipher, { bytes, first, isLast }: Batch, failures: ChunkFailures): OpenedBatch {
  const full = cipher.scheme.chunkBytes + tagBytes
  const opened: Uint8Array[] = []
  for (let at = 0, chunk = first; ; at += full, chunk++) {
    const sealed = bytes.subarray(at, at + full)
    const endsHere = isLast && (at + full > bytes.length || isEndOfStream(cipher, at + full, bytes))
    const plaintext = openOne(cipher, sealed, chunk, endsHere)
    if (plaintext === undefined) {
      const misplaced = openMisplaced(cipher, sealed, chunk, endsHere)
      const isWhole = misplaced === undefined && sealed.length >= tagBytes
      return {
        plaintext: concatBytes(...opened, misplaced ?? nothing),
        failure: isWhole ? failures.changed(chunk) : failures.truncated()
      }
    }
    opened.push(plaintext)
  }
}

/** A chunk of age that is genuine, and is the last one where more follows, or not the last one at the end. */
function openMisplaced(
  cipher: ChunkCipher,
  sealed: Uint8Array,
  chunk: number,
  endsHere: boolean
): Uint8Array | undefined {
  return cipher.scheme.name === 'stream' ? openOne(cipher, sealed, chunk, !endsHere) : undefined
}

function openOne(cipher: ChunkCipher, sealed: Uint8Array, first: number, isLast: boolean): Uint8Array | undefined {
  const hasLength = plaintextBytesOf(cipher.scheme, sealed.length, { first, isLast }) !== undefined
  return hasLength ? cipher.open({ sealed, first, isLast }) : undefined
}

/** A last chunk of age may be full. */
function isEndOfStream(cipher: ChunkCipher, at: number, bytes: Uint8Array): boolean {
  return cipher.scheme.name === 'stream' && at === bytes.length
}

/**
 * Batches of `unit`s. The last one, which may be shorter or empty, is known to be the last. A batch is good until the next but one is asked
 * for.
 */
async function* readBatches(aead: Aead, source: ByteSource, unit: number): AsyncGenerator<Batch> {
  const units = Math.floor(batchBytes / unit)
  let batch = aead.allocate(units * unit)
  let other: Uint8Array | undefined
  let filled = 0
  let first = 0
  for await (const piece of source) {
    for (let at = 0; at < expectPiece(piece).length; ) {
      if (filled === batch.length) {
        yield { bytes: batch, first, isLast: false }
        ;[batch, other] = [other ?? aead.allocate(units * unit), batch]
        first += units
        filled = 0
      }
      const taken = piece.subarray(at, at + batch.length - filled)
      batch.set(taken, filled)
      filled += taken.length
      at += taken.length
    }
  }
  yield { bytes: batch.subarray(0, filled), first, isLast: true }
}

/** Begins with the next batch before the result of the one before is given out. */
async function* workAhead<T>(batches: AsyncIterable<Batch>, work: (batch: Batch) => Promise<T>): AsyncGenerator<T> {
  let before: Promise<T> | undefined
  try {
    for await (const batch of batches) {
      const now = work(batch)
      const result = before
      before = now
      now.catch(() => undefined)
      if (result !== undefined) yield await result
    }
    if (before !== undefined) yield await before
  } finally {
    await before?.catch(() => undefined)
  }
}

function expectPiece(piece: unknown): Uint8Array {
  if (piece instanceof Uint8Array) return piece
  throw new UsageError('ERR_USAGE_OPTION', 'source: expected pieces of bytes (Uint8Array)')
}
