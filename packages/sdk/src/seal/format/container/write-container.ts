// The bytes of a sealed file or value, as they are made.
import { crypto } from '#crypto'
import { type Aead, allocateLocked, type LockedMemory, saltBytes } from '../../../native/index.js'
import type { KeySource } from '../../keys/key-source.js'
import { keyBytes } from '../../keys/stanza.js'
import type { ByteSource } from '../chunk-stream.js'
import { sealMessageStream } from '../cobblestone/message-stream.js'
import { containerContext } from './container-context.js'
import { deriveKey, headerMac, wrapForAll } from './container-key.js'
import { type ContainerUse, encodeContainer } from './header.js'

export interface ContainerPlan {
  readonly use: ContainerUse
  readonly keys: readonly KeySource[]
  /** What must be the same when it is opened. */
  readonly context: Uint8Array
}

/** Pieces of a file are good until the next one is asked for. */
export async function* writeContainer(aead: Aead, plan: ContainerPlan, source: ByteSource): AsyncGenerator<Uint8Array> {
  const id = crypto.randomBytes(16)
  const key = await allocateLocked(keyBytes)
  let content: LockedMemory | undefined
  try {
    key.fillRandom()
    const authenticated = encodeContainer(plan.use, id, await wrapForAll(key, id, plan.keys))
    const mac = await headerMac(aead, key, authenticated)
    content = await deriveKey(aead, key, 'content')
    yield authenticated
    yield mac
    const message = { key: content, context: containerContext(plan.use, id, plan.context) }
    yield* sealMessageStream(aead, message, crypto.randomBytes(saltBytes), source, plan.use === 'file')
  } finally {
    key.wipe()
    content?.wipe()
  }
}
