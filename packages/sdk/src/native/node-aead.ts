// Bulk encryption with node:crypto, one chunk after the other. Slower than the addon by a factor of two to four, and the same bytes.
import { createHmac } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { concatBytes, equalBytes, utf8 } from '../core/index.js'
import { type Aead, cobblestoneLabel, messageHeaderBytes, type SecretKey, saltBytes } from './aead.js'
import { cobblestoneScheme, streamScheme } from './chunk-scheme.js'
import type { LockedMemory } from './locked-memory.js'
import { createNodeCipher } from './node-cipher.js'

const labelBytes = utf8(cobblestoneLabel)

export function createNodeAead(obstacle: string): Aead {
  return {
    name: 'node',
    obstacle,
    sealMessage,
    openMessage,
    deriveChunks,
    importStream: (payloadKey) =>
      createNodeCipher(streamScheme, new Uint8Array(payloadKey), new Uint8Array(12), setImmediate),
    expand,
    allocate: (bytes) => new Uint8Array(bytes)
  }
}

function sealMessage(key: SecretKey, context: Uint8Array, salt: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const { cipher, commitment } = deriveChunks(key, context, salt)
  try {
    return concatBytes(salt, commitment, cipher.seal(plaintext, { first: 0, isLast: true }))
  } finally {
    cipher.wipe()
  }
}

function openMessage(key: SecretKey, context: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  const { cipher, commitment } = deriveChunks(key, context, sealed.subarray(0, saltBytes))
  try {
    if (!equalBytes(commitment, sealed.subarray(saltBytes, messageHeaderBytes))) return undefined
    return cipher.open({ sealed: sealed.subarray(messageHeaderBytes), first: 0, isLast: true })
  } finally {
    cipher.wipe()
  }
}

function deriveChunks(key: SecretKey, context: Uint8Array, salt: Uint8Array): ReturnType<Aead['deriveChunks']> {
  const derived = expandBytes(key, concatBytes(labelBytes, salt, context), 76)
  try {
    const cipher = createNodeCipher(cobblestoneScheme, derived.slice(0, 32), derived.slice(32, 44), setImmediate)
    return { cipher, commitment: derived.slice(44) }
  } finally {
    derived.fill(0)
  }
}

function expand(key: SecretKey, info: Uint8Array, target: LockedMemory): void {
  const derived = expandBytes(key, info, target.size)
  target.fill(derived)
  derived.fill(0)
}

/** HKDF-Expand with SHA-512 (RFC 5869 §2.3), at most two blocks. */
function expandBytes(key: SecretKey, info: Uint8Array, length: number): Uint8Array {
  const prk = key instanceof Uint8Array ? key : key.read()
  const blocks = new Uint8Array(128)
  try {
    blocks.set(createHmac('sha512', prk).update(info).update(Uint8Array.of(1)).digest())
    const second = createHmac('sha512', prk).update(blocks.subarray(0, 64)).update(info).update(Uint8Array.of(2))
    if (length > 64) blocks.set(second.digest(), 64)
    return blocks.slice(0, length)
  } finally {
    blocks.fill(0)
    if (prk !== key) prk.fill(0)
  }
}
