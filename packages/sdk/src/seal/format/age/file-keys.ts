// What is derived from the key of a file (c2sp.org/age, header MAC and payload).
import { createHmac } from 'node:crypto'
import { secretCrypto } from '#crypto/secret'
import { utf8 } from '../../../core/index.js'
import type { Aead, ChunkCipher } from '../../../native/index.js'
import { withSecret } from '../../keys/secret-bytes.js'

const nothing = new Uint8Array(0)

export async function macOf(fileKey: Uint8Array, authenticated: Uint8Array): Promise<Uint8Array> {
  const key = await secretCrypto.hkdf('sha256', fileKey, nothing, utf8('header'), 32)
  return withSecret(key, (secret) => new Uint8Array(createHmac('sha256', secret).update(authenticated).digest()))
}

/** The key of the payload; the cipher keeps a copy. */
export async function importPayloadKey(aead: Aead, fileKey: Uint8Array, nonce: Uint8Array): Promise<ChunkCipher> {
  const key = await secretCrypto.hkdf('sha256', fileKey, nonce, utf8('payload'), 32)
  return withSecret(key, (secret) => aead.importStream(secret))
}
