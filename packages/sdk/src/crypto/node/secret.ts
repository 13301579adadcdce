// The door to secret cryptography on node:crypto; noble and tweetnacl for what it lacks, loaded on first use.
import { createCipheriv, createDecipheriv, hkdfSync, randomFillSync } from 'node:crypto'
import type { HashName } from '../door.js'
import { loadPart } from '../load-part.js'
import { createSealedBox } from '../sealed-box.js'
import { checkHkdf, checkSeal, isOpenable, tagBytes } from '../secret-checks.js'
import type { AeadName, SecretCryptoDoor } from '../secret-door.js'
import { deriveX25519 } from './x25519.js'

export const secretCrypto: SecretCryptoDoor = {
  name: 'node',
  hkdf,
  aeadSeal,
  aeadOpen,
  deriveX25519,
  ...createSealedBox({ deriveX25519, randomBytes: (length) => randomFillSync(new Uint8Array(length)) })
}

const loadXChaCha = () => loadPart(() => import('../xchacha.js'))

function hkdf(hash: HashName, ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  checkHkdf(hash, info, length)
  return new Uint8Array(hkdfSync(hash, ikm, salt, info, length))
}

function aeadSeal(
  name: AeadName,
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  aad: Uint8Array
): Uint8Array | Promise<Uint8Array> {
  checkSeal(name, key, nonce)
  return name === 'aes-256-gcm'
    ? sealGcm(key, nonce, plaintext, aad)
    : loadXChaCha().then(({ sealXChaCha }) => sealXChaCha(key, nonce, plaintext, aad))
}

function aeadOpen(
  name: AeadName,
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  aad: Uint8Array
): Uint8Array | undefined | Promise<Uint8Array | undefined> {
  if (!isOpenable(name, key, nonce, sealed)) return undefined
  return name === 'aes-256-gcm'
    ? openGcm(key, nonce, sealed, aad)
    : loadXChaCha().then(({ openXChaCha }) => openXChaCha(key, nonce, sealed, aad))
}

function sealGcm(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  cipher.setAAD(aad)
  const sealed = new Uint8Array(plaintext.length + tagBytes)
  sealed.set(cipher.update(plaintext))
  cipher.final()
  sealed.set(cipher.getAuthTag(), plaintext.length)
  return sealed
}

function openGcm(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array | undefined {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  decipher.setAAD(aad)
  decipher.setAuthTag(sealed.subarray(-tagBytes))
  const plaintext = decipher.update(sealed.subarray(0, -tagBytes))
  try {
    decipher.final()
  } catch {
    plaintext.fill(0)
    return undefined
  }
  return new Uint8Array(plaintext.buffer, plaintext.byteOffset, plaintext.length)
}
