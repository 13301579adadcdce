// Cobblestone messages as streams.
import { equalBytes } from '../../../core/index.js'
import { type Aead, messageHeaderBytes, type SecretKey, saltBytes } from '../../../native/index.js'
import { ByteQueue } from '../byte-queue.js'
import { type ByteSource, openChunks, sealChunks } from '../chunk-stream.js'
import { cutOff, truncated, unauthentic } from './layout.js'

export interface MessageKey {
  readonly key: SecretKey
  readonly context: Uint8Array
}

/** `fleeting`: as in `sealChunks`. */
export async function* sealMessageStream(
  aead: Aead,
  { key, context }: MessageKey,
  salt: Uint8Array,
  source: ByteSource,
  fleeting = false
): AsyncGenerator<Uint8Array> {
  const { cipher, commitment } = aead.deriveChunks(key, context, salt)
  try {
    yield salt
    yield commitment
    yield* sealChunks(aead, cipher, source, fleeting)
  } finally {
    cipher.wipe()
  }
}

/** @throws SealError ERR_SEALED_AUTH, ERR_SEALED_TRUNCATED; what came before was genuine, and not all */
export async function* openMessageStream(
  aead: Aead,
  { key, context }: MessageKey,
  source: ByteSource
): AsyncGenerator<Uint8Array> {
  const queue = new ByteQueue(source)
  try {
    const header = (await queue.peek(messageHeaderBytes)).slice(0, messageHeaderBytes)
    queue.skip(header.length)
    if (header.length < messageHeaderBytes) throw truncated(header.length)
    const { cipher, commitment } = aead.deriveChunks(key, context, header.subarray(0, saltBytes))
    try {
      if (!equalBytes(commitment, header.subarray(saltBytes))) throw unauthentic('its header')
      yield* openChunks(aead, cipher, queue.rest(), failures)
    } finally {
      cipher.wipe()
    }
  } finally {
    await queue.close()
  }
}

const failures = {
  truncated: cutOff,
  changed: (chunk: number) => unauthentic(`chunk ${chunk}`)
}
