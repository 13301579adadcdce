// HPKE in base mode, for one message (RFC 9180 §5.1), with HKDF-SHA-256 and ChaCha20-Poly1305: key and nonce from what a KEM has shared.
import { createHmac } from 'node:crypto'
import { concatBytes, utf8 } from '../../../core/index.js'

const version = utf8('HPKE-v1')
const nothing = new Uint8Array(0)
const baseMode = Uint8Array.of(0)

export interface HpkeKey {
  readonly key: Uint8Array
  readonly nonce: Uint8Array
}

/** `kemId`: two bytes. The caller wipes the key. */
export function scheduleKey(kemId: Uint8Array, sharedSecret: Uint8Array, info: Uint8Array): HpkeKey {
  const suite = concatBytes(utf8('HPKE'), kemId, Uint8Array.of(0, 1, 0, 3))
  const extract = (salt: Uint8Array, label: string, input: Uint8Array): Uint8Array =>
    hmac(salt, concatBytes(version, suite, utf8(label), input))
  const context = concatBytes(baseMode, extract(nothing, 'psk_id_hash', nothing), extract(nothing, 'info_hash', info))
  const secret = extract(sharedSecret, 'secret', nothing)
  /** One block of HKDF-Expand: enough for 32 bytes. */
  const expand = (label: string, length: number): Uint8Array =>
    hmac(secret, concatBytes(Uint8Array.of(0, length), version, suite, utf8(label), context, Uint8Array.of(1))).slice(
      0,
      length
    )
  try {
    return { key: expand('key', 32), nonce: expand('base_nonce', 12) }
  } finally {
    secret.fill(0)
  }
}

function hmac(key: Uint8Array, data: Uint8Array): Uint8Array {
  return createHmac('sha256', key).update(data).digest()
}
