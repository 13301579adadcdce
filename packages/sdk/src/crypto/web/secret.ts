// The door to secret cryptography on WebCrypto, and on noble where WebCrypto is absent or lacks an algorithm.
import type { HashName } from '../door.js'
import { loadPart } from '../load-part.js'
import { createSealedBox } from '../sealed-box.js'
import { checkHkdf, checkSeal, isDerivable, isOpenable } from '../secret-checks.js'
import type { SecretCryptoDoor } from '../secret-door.js'
import { randomBytes } from './random.js'
import { type Backend, hashParameter, type Platform, plain, subtleOrFallback } from './subtle.js'
import { deriveWithSubtle } from './x25519.js'

type SecretBackend = Backend<typeof import('./secret-fallback.js')>

const loadXChaCha = () => loadPart(() => import('../xchacha.js'))

/** As `createWebDoor`: without WebCrypto the fallback does everything. */
export function createWebSecretDoor(platform: Platform): SecretCryptoDoor {
  const backend: SecretBackend = { subtle: platform, fallback: () => import('./secret-fallback.js') }
  const deriveX25519 = async (secretKey: Uint8Array, publicKey: Uint8Array) => {
    if (!isDerivable(secretKey, publicKey)) return undefined
    return subtleOrFallback(
      backend,
      (subtle) => deriveWithSubtle(subtle, secretKey, publicKey),
      (fallback) => fallback.deriveX25519(secretKey, publicKey)
    )
  }
  return {
    name: 'web',
    hkdf: (...input) => hkdf(backend, ...input),
    async aeadSeal(name, key, nonce, plaintext, aad) {
      checkSeal(name, key, nonce)
      if (name === 'xchacha20-poly1305') return (await loadXChaCha()).sealXChaCha(key, nonce, plaintext, aad)
      return sealGcm(backend, key, nonce, plaintext, aad)
    },
    async aeadOpen(name, key, nonce, sealed, aad) {
      if (!isOpenable(name, key, nonce, sealed)) return undefined
      if (name === 'xchacha20-poly1305') return (await loadXChaCha()).openXChaCha(key, nonce, sealed, aad)
      return openGcm(backend, key, nonce, sealed, aad)
    },
    deriveX25519,
    ...createSealedBox({ deriveX25519, randomBytes })
  }
}

export const secretCrypto: SecretCryptoDoor = createWebSecretDoor(() => globalThis.crypto?.subtle)

async function hkdf(
  backend: SecretBackend,
  hash: HashName,
  ikm: Uint8Array,
  salt: Uint8Array,
  info: Uint8Array,
  length: number
): Promise<Uint8Array> {
  checkHkdf(hash, info, length)
  const parameters = { name: 'HKDF', hash: hashParameter[hash], salt: plain(salt), info: plain(info) }
  return subtleOrFallback(
    backend,
    async (subtle) => {
      const key = await subtle.importKey('raw', plain(ikm), 'HKDF', false, ['deriveBits'])
      return new Uint8Array(await subtle.deriveBits(parameters, key, 8 * length))
    },
    (fallback) => fallback.hkdfOf(hash, ikm, salt, info, length)
  )
}

function sealGcm(
  backend: SecretBackend,
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  aad: Uint8Array
): Promise<Uint8Array> {
  return subtleOrFallback(
    backend,
    async (subtle) => {
      const aesKey = await subtle.importKey('raw', plain(key), 'AES-GCM', false, ['encrypt'])
      return new Uint8Array(await subtle.encrypt(gcmParameters(nonce, aad), aesKey, plain(plaintext)))
    },
    (fallback) => fallback.sealGcm(key, nonce, plaintext, aad)
  )
}

function openGcm(
  backend: SecretBackend,
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  aad: Uint8Array
): Promise<Uint8Array | undefined> {
  return subtleOrFallback(
    backend,
    async (subtle) => {
      const aesKey = await subtle.importKey('raw', plain(key), 'AES-GCM', false, ['decrypt'])
      return decrypt(subtle, gcmParameters(nonce, aad), aesKey, sealed)
    },
    (fallback) => fallback.openGcm(key, nonce, sealed, aad)
  )
}

/** `undefined` for the OperationError that means a wrong tag. */
async function decrypt(
  subtle: SubtleCrypto,
  parameters: AesGcmParams,
  key: CryptoKey,
  sealed: Uint8Array
): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await subtle.decrypt(parameters, key, plain(sealed)))
  } catch (error) {
    if (error instanceof Error && error.name === 'OperationError') return undefined
    throw error
  }
}

function gcmParameters(nonce: Uint8Array, aad: Uint8Array): AesGcmParams {
  return { name: 'AES-GCM', iv: plain(nonce), additionalData: plain(aad), tagLength: 128 }
}
