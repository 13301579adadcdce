// Lengths of Cobblestone-256 messages (c2sp.org/chunked-encryption): a header of salt and commitment, chunks of 16 KiB each followed by
// its tag, and a last chunk that is always shorter.
import { SealError } from '../../../core/index.js'
import { cobblestoneScheme, messageHeaderBytes, plaintextBytesOf, tagBytes } from '../../../native/index.js'

const { chunkBytes } = cobblestoneScheme
const sealedChunkBytes: number = chunkBytes + tagBytes

/** 2³⁸ chunks, of which the last one is not full. */
export const maxPlaintextBytes: number = 2 ** 38 * chunkBytes - 1

/** Of the whole message. */
export function sealedLength(plaintextLength: number): number {
  return messageHeaderBytes + plaintextLength + (Math.floor(plaintextLength / chunkBytes) + 1) * tagBytes
}

/** @throws SealError ERR_SEALED_TRUNCATED where no message has this length */
export function plaintextLength(sealed: number): number {
  const length = plaintextBytesOf(cobblestoneScheme, sealed - messageHeaderBytes, { first: 0, isLast: true })
  if (sealed < messageHeaderBytes || length === undefined || length > maxPlaintextBytes) throw truncated(sealed)
  return length
}

/** Where chunk number `chunk` begins in the message. */
export function chunkOffset(chunk: number): number {
  return messageHeaderBytes + chunk * sealedChunkBytes
}

export function truncated(sealed: number): SealError {
  return new SealError(
    'ERR_SEALED_TRUNCATED',
    `sealed message: no message has ${sealed} bytes, some are missing or too many`
  )
}

/** Of one whose length is not known beforehand. */
export function cutOff(): SealError {
  return new SealError(
    'ERR_SEALED_TRUNCATED',
    'sealed message: it ends in the middle of a chunk, or its last one is missing'
  )
}

export function unauthentic(what: string): SealError {
  return new SealError('ERR_SEALED_AUTH', `sealed message: ${what} was changed, or is not what it stands for`)
}
