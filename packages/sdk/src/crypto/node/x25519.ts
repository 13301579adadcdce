// X25519 (RFC 7748) on node:crypto, which takes keys as DER only (RFC 8410 §4, §7).
import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto'
import { isZero } from '../../core/index.js'
import { isDerivable } from '../secret-checks.js'

const pkcs8Head = Buffer.from('302e020100300506032b656e04220420', 'hex')
const spkiHead = Buffer.from('302a300506032b656e032100', 'hex')

export function deriveX25519(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  if (!isDerivable(secretKey, publicKey)) return undefined
  const shared = exchange(importSecretKey(secretKey), importPublicKey(publicKey))
  return shared === undefined || isZero(shared) ? undefined : shared
}

/** OpenSSL itself refuses a result that is all zero, and nothing else can fail here. */
function exchange(privateKey: KeyObject, publicKey: KeyObject): Uint8Array | undefined {
  try {
    const shared = diffieHellman({ privateKey, publicKey })
    return new Uint8Array(shared.buffer, shared.byteOffset, shared.length)
  } catch {
    return undefined
  }
}

function importSecretKey(secretKey: Uint8Array): KeyObject {
  const key = Buffer.concat([pkcs8Head, secretKey])
  try {
    return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
  } finally {
    key.fill(0)
  }
}

function importPublicKey(publicKey: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([spkiHead, publicKey]), format: 'der', type: 'spki' })
}
