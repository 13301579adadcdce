// The door on node:crypto. Nearly everything is synchronous; callers await it all the same.
import {
  constants,
  createPublicKey,
  hash,
  type JsonWebKey,
  KeyObject,
  randomFillSync,
  verify,
  webcrypto
} from 'node:crypto'
import { EvidenceError } from '../../core/index.js'
import type { Awaitable, CryptoDoor, HashName, PublicKey } from '../door.js'
import { isPssShape } from '../rsa-pss.js'
import { curveBytes, type EcSpki, parseSpki, type RsaSpki } from '../spki.js'

export const crypto: CryptoDoor = {
  name: 'node',
  hash: hashBytesOf,
  hashHex: (name, data) => hash(name, data, 'hex'),
  importSpki,
  verifyEcdsa,
  verifyRsaPss,
  randomBytes: (length) => randomFillSync(new Uint8Array(length))
}

/** `bytes`: of r ‖ s for EC, of the modulus for RSA. Both are the only length that a signature may have. */
class NodeKey {
  readonly key: KeyObject
  readonly bytes: number

  constructor(key: KeyObject, bytes: number) {
    this.key = key
    this.bytes = bytes
  }
}

function hashBytesOf(name: HashName, data: Uint8Array): Uint8Array {
  const digest = hash(name, data, 'buffer')
  return new Uint8Array(digest.buffer, digest.byteOffset, digest.length)
}

/**
 * The OpenSSL of Node 20 takes 100 µs to find out what an SPKI is, and 5 µs to read a key that it is told to be RSA. A point on P-256 is
 * read from its coordinates in half the time, one on P-384 from its bytes, which only WebCrypto takes.
 */
function importSpki(spki: Uint8Array): Awaitable<PublicKey> {
  const parsed = parseSpki(spki)
  if (parsed.algorithm === 'ecdsa' && parsed.curve === 'P-384' && isOpenSsl30) return importPoint(parsed)
  const bytes = parsed.algorithm === 'rsa' ? parsed.modulus.length : 2 * curveBytes[parsed.curve]
  return { algorithm: parsed.algorithm, handle: new NodeKey(createKey(spki, parsed), bytes) }
}

const isOpenSsl30: boolean = process.versions.openssl.startsWith('3.0.')

function createKey(spki: Uint8Array, parsed: EcSpki | RsaSpki): KeyObject {
  try {
    if (parsed.algorithm === 'rsa')
      return createPublicKey({ key: viewAsBuffer(parsed.pkcs1), format: 'der', type: 'pkcs1' })
    if (parsed.curve === 'P-256') return createPublicKey({ key: jwkOf(parsed.point), format: 'jwk' })
    return createPublicKey({ key: viewAsBuffer(spki), format: 'der', type: 'spki' })
  } catch (cause) {
    throw refused(cause)
  }
}

function jwkOf(point: Uint8Array): JsonWebKey {
  const coordinate = (start: number): string => viewAsBuffer(point.subarray(start, start + 32)).toString('base64url')
  return { kty: 'EC', crv: 'P-256', x: coordinate(1), y: coordinate(33) }
}

async function importPoint({ point, curve }: EcSpki): Promise<PublicKey> {
  try {
    const key = await webcrypto.subtle.importKey('raw', point, { name: 'ECDSA', namedCurve: curve }, true, ['verify'])
    return { algorithm: 'ecdsa', handle: new NodeKey(KeyObject.from(key), 2 * curveBytes[curve]) }
  } catch (cause) {
    throw refused(cause)
  }
}

function refused(cause: unknown): EvidenceError {
  return new EvidenceError('ERR_CERTIFICATE_FORMAT', 'public key: not accepted, is the point on the curve', { cause })
}

/** node:crypto types its DER input as Buffer only. No copy. */
function viewAsBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function verifyEcdsa(key: PublicKey, hashName: HashName, data: Uint8Array, signature: Uint8Array): boolean {
  const { handle } = key
  if (key.algorithm !== 'ecdsa' || !(handle instanceof NodeKey) || signature.length !== handle.bytes) return false
  return verify(hashName, data, { key: handle.key, dsaEncoding: 'ieee-p1363' }, signature)
}

function verifyRsaPss(
  key: PublicKey,
  options: { readonly hash: HashName; readonly saltLength: number },
  data: Uint8Array,
  signature: Uint8Array
): boolean {
  const { handle } = key
  if (key.algorithm !== 'rsa' || !(handle instanceof NodeKey)) return false
  if (!isPssShape(handle.bytes, options.hash, options.saltLength, signature)) return false
  const { RSA_PKCS1_PSS_PADDING: padding } = constants
  return verify(options.hash, data, { key: handle.key, padding, saltLength: options.saltLength }, signature)
}
