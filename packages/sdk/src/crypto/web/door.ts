// The door on WebCrypto (W3C Web Cryptography API), and on our fallback where WebCrypto is absent or lacks an algorithm.
import { copyBytes, EvidenceError, toHex } from '../../core/index.js'
import type { CryptoDoor, HashName, PublicKey } from '../door.js'
import { isPssShape } from '../rsa-pss.js'
import { curveBytes, type EcSpki, parseSpki, type RsaSpki } from '../spki.js'
import { randomBytes } from './random.js'
import { type Backend, hashParameter, isUnsupported, type Platform, plain, subtleOrFallback } from './subtle.js'

type VerifyBackend = Backend<typeof import('./fallback.js')>

/** A door on the WebCrypto that is given; `undefined` (an insecure context has none) uses the fallback for everything. */
export function createWebDoor(platform: Platform): CryptoDoor {
  const backend: VerifyBackend = { subtle: platform, fallback: () => import('./fallback.js') }
  const hash = (name: HashName, data: Uint8Array): Promise<Uint8Array> =>
    subtleOrFallback(
      backend,
      async (subtle) => new Uint8Array(await subtle.digest(hashParameter[name], plain(data))),
      (fallback) => fallback.hashBytesOf(name, data)
    )
  return {
    name: 'web',
    hash,
    hashHex: async (name, data) => toHex(await hash(name, data)),
    importSpki: (spki) => importSpki(backend, spki),
    verifyEcdsa: async ({ handle }, hash, data, signature) =>
      handle instanceof EcKey && signature.length === handle.bytes && handle.verify(hash, data, signature),
    verifyRsaPss: async ({ handle }, options, data, signature) =>
      handle instanceof RsaKey &&
      isPssShape(handle.bytes, options.hash, options.saltLength, signature) &&
      handle.verify(options, data, signature),
    randomBytes
  }
}

export const crypto: CryptoDoor = createWebDoor(() => globalThis.crypto?.subtle)

type VerifyEcdsa = (hash: HashName, data: Uint8Array, signature: Uint8Array) => Promise<boolean>

class EcKey {
  readonly bytes: number
  readonly verify: VerifyEcdsa

  constructor(bytes: number, verify: VerifyEcdsa) {
    this.bytes = bytes
    this.verify = verify
  }
}

/** WebCrypto ties an RSA key to one hash at import, so the import waits for the first signature and is kept per hash. */
class RsaKey {
  readonly bytes: number
  readonly #backend: VerifyBackend
  readonly #spki: Uint8Array
  readonly #parsed: RsaSpki
  readonly #keys = new Map<HashName, Promise<CryptoKey>>()

  constructor(backend: VerifyBackend, spki: Uint8Array, parsed: RsaSpki) {
    this.bytes = parsed.modulus.length
    this.#backend = backend
    this.#spki = copyBytes(spki)
    this.#parsed = parsed
  }

  verify(
    options: { readonly hash: HashName; readonly saltLength: number },
    data: Uint8Array,
    signature: Uint8Array
  ): Promise<boolean> {
    const { hash, saltLength } = options
    return subtleOrFallback(
      this.#backend,
      async (subtle) =>
        subtle.verify({ name: 'RSA-PSS', saltLength }, await this.#key(subtle, hash), plain(signature), plain(data)),
      (fallback) => fallback.verifyRsaPss(this.#parsed, options, data, signature)
    )
  }

  #key(subtle: SubtleCrypto, hash: HashName): Promise<CryptoKey> {
    const kept = this.#keys.get(hash)
    if (kept !== undefined) return kept
    const algorithm = { name: 'RSA-PSS', hash: hashParameter[hash] }
    const key = importKey(subtle, this.#spki, algorithm)
    this.#keys.set(hash, key)
    return key
  }
}

async function importSpki(backend: VerifyBackend, spki: Uint8Array): Promise<PublicKey> {
  const parsed = parseSpki(spki)
  if (parsed.algorithm === 'rsa') return { algorithm: 'rsa', handle: new RsaKey(backend, spki, parsed) }
  const verify = await subtleOrFallback(
    backend,
    (subtle) => importEcWithSubtle(subtle, spki, parsed),
    (fallback) => importEcWithFallback(fallback, parsed)
  )
  const { algorithm, curve } = parsed
  return { algorithm, curve, handle: new EcKey(2 * curveBytes[curve], verify) }
}

async function importEcWithSubtle(subtle: SubtleCrypto, spki: Uint8Array, parsed: EcSpki): Promise<VerifyEcdsa> {
  const key = await importKey(subtle, spki, { name: 'ECDSA', namedCurve: parsed.curve })
  return (hash, data, signature) =>
    subtle.verify({ name: 'ECDSA', hash: hashParameter[hash] }, key, plain(signature), plain(data))
}

function importEcWithFallback(fallback: typeof import('./fallback.js'), parsed: EcSpki): VerifyEcdsa {
  try {
    const verify = fallback.importPoint(parsed.curve, parsed.point)
    return async (...signed) => verify(...signed)
  } catch (cause) {
    throw notAccepted(cause)
  }
}

async function importKey(
  subtle: SubtleCrypto,
  spki: Uint8Array,
  algorithm: EcKeyImportParams | RsaHashedImportParams
): Promise<CryptoKey> {
  try {
    return await subtle.importKey('spki', plain(spki), algorithm, false, ['verify'])
  } catch (cause) {
    if (isUnsupported(cause)) throw cause
    throw notAccepted(cause)
  }
}

function notAccepted(cause: unknown): EvidenceError {
  return new EvidenceError('ERR_CERTIFICATE_FORMAT', 'public key: not accepted, is the point on the curve', { cause })
}
