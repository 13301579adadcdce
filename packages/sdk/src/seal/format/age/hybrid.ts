// The MLKEM768-X25519 recipient type (c2sp.org/age): for files that must stay closed when there are quantum computers.
import { bech32 } from '@scure/base'
import { onDemand, UsageError, utf8 } from '../../../core/index.js'
import { copySecret, randomSecret, withSecret } from '../../keys/secret-bytes.js'
import { decodeRawOf, encodeRaw } from './base64.js'
import { malformed } from './failures.js'
import { scheduleKey } from './hpke.js'
import type { AgeIdentity, AgeRecipient, AgeStanza } from './stanza.js'
import { assertWrapped, unwrapFileKey, wrapFileKey } from './wrap-key.js'

const type = 'mlkem768x25519'
const info = utf8('age-encryption.org/mlkem768x25519')
const kemId = Uint8Array.of(0x64, 0x7a)
const shareBytes = 1120
const recipientBytes = 1216

export const hybridRecipientPrefix = 'age1pq1'
export const hybridIdentityPrefix = 'AGE-SECRET-KEY-PQ-1'

export interface HybridKey {
  /** `age1pq1…` */
  readonly recipient: string
  /** `AGE-SECRET-KEY-PQ-1…` */
  readonly identity: string
}

/** The two halves together: ML-KEM-768 and X25519. */
const loadKem = onDemand(async () => (await import('@noble/post-quantum/hybrid.js')).ml_kem768_x25519)

export async function createHybridKey(): Promise<HybridKey> {
  const kem = await loadKem()
  return withSecret(randomSecret(32), (seed) => ({
    recipient: bech32.encode('age1pq', bech32.toWords(kem.keygen(seed).publicKey), false),
    identity: bech32.encode('age-secret-key-pq-', bech32.toWords(seed), false).toUpperCase()
  }))
}

/** @throws UsageError ERR_USAGE_OPTION */
export function hybridRecipient(text: string): AgeRecipient {
  const recipient = decode(text, 'age1pq', recipientBytes)
  return { labels: ['postquantum'], wrap: async (fileKey) => [await wrap(recipient, fileKey)] }
}

/** @throws UsageError ERR_USAGE_OPTION, without the text */
export function hybridIdentity(text: string): AgeIdentity {
  const seed = copySecret(decode(text, 'AGE-SECRET-KEY-PQ-', 32))
  return { unwrap: (stanzas) => unwrap(seed, stanzas) }
}

async function wrap(recipient: Uint8Array, fileKey: Uint8Array): Promise<AgeStanza> {
  const kem = await loadKem()
  const { cipherText, sharedSecret } = encapsulate(() => kem.encapsulate(recipient))
  const { key, nonce } = await withSecret(sharedSecret, (secret) => scheduleKey(kemId, secret, info))
  return withSecret(key, (secret) => ({
    args: [type, encodeRaw(cipherText)],
    body: wrapFileKey(secret, fileKey, nonce)
  }))
}

async function unwrap(seed: Uint8Array, stanzas: readonly AgeStanza[]): Promise<Uint8Array | undefined> {
  for (const { args, body } of stanzas) {
    if (args[0] !== type) continue
    if (args.length !== 2) throw malformed('hybrid stanza: expected one argument')
    const share = decodeRawOf(args[1] ?? '', shareBytes, 'share of a hybrid stanza')
    assertWrapped(body)
    const fileKey = await open(seed, share, body)
    if (fileKey !== undefined) return fileKey
  }
  return undefined
}

async function open(seed: Uint8Array, share: Uint8Array, body: Uint8Array): Promise<Uint8Array | undefined> {
  const kem = await loadKem()
  const { key, nonce } = await withSecret(
    decapsulate(() => kem.decapsulate(share, seed)),
    (secret) => scheduleKey(kemId, secret, info)
  )
  return withSecret(key, (secret) => unwrapFileKey(secret, body, nonce))
}

/** The library throws for a point of low order. */
function decapsulate(work: () => Uint8Array): Uint8Array {
  try {
    return work()
  } catch {
    throw malformed('hybrid stanza: a share of low order')
  }
}

/** And for a key that is none. */
function encapsulate<T>(work: () => T): T {
  try {
    return work()
  } catch {
    throw new UsageError('ERR_USAGE_OPTION', "key: expected a hybrid age recipient, 'age1pq1…'")
  }
}

/** Exactly one form is accepted: age's, in its own case. */
function decode(text: string, prefix: string, bytes: number): Uint8Array {
  const wanted = text.length < 4096 && text.startsWith(`${prefix}1`)
  const decoded = wanted ? bech32.decodeUnsafe(text, 4096) : undefined
  const data = decoded === undefined ? undefined : bech32.fromWordsUnsafe(decoded.words)
  if (decoded?.prefix !== prefix.toLowerCase() || !(data instanceof Uint8Array) || data.length !== bytes) {
    throw new UsageError('ERR_USAGE_OPTION', `key: expected a hybrid age key, '${prefix}1…'`)
  }
  return data
}
