// Imports public keys the fast way. Apart from the key itself, what costs is that the OpenSSL 3.0 of Node 20 takes 100 µs to find out what
// an SPKI is, and that Node 24 takes 10 µs whenever it looks for a key in an object and finds that the object is none.
import { createPublicKey, KeyObject, webcrypto } from 'node:crypto'
import { EvidenceError } from '../../core/index.js'
import type { Awaitable } from '../door.js'
import { type EcSpki, parseSpki, type RsaSpki } from '../spki.js'

/** A key, with what was read of it. */
export interface ImportedKey {
  readonly parsed: EcSpki | RsaSpki
  readonly key: KeyObject
}

const isOpenSsl30: boolean = process.versions.openssl.startsWith('3.0.')

/** @throws EvidenceError ERR_CERTIFICATE_FORMAT */
export function importKey(spki: Uint8Array): Awaitable<ImportedKey> {
  const parsed = parseSpki(spki)
  if (parsed.algorithm === 'rsa') return { parsed, key: readPem('RSA PUBLIC KEY', parsed.pkcs1) }
  return isOpenSsl30 ? importPoint(parsed) : { parsed, key: readPem('PUBLIC KEY', spki) }
}

/** Text, because it is no object. */
function readPem(label: string, der: Uint8Array): KeyObject {
  const base64 = Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString('base64')
  try {
    return createPublicKey(`-----BEGIN ${label}-----\n${base64}\n-----END ${label}-----\n`)
  } catch (cause) {
    throw refused(cause)
  }
}

/** Only WebCrypto takes the bytes of a point. */
async function importPoint(parsed: EcSpki): Promise<ImportedKey> {
  const algorithm = { name: 'ECDSA', namedCurve: parsed.curve }
  try {
    const key = await webcrypto.subtle.importKey('raw', parsed.point, algorithm, true, ['verify'])
    return { parsed, key: KeyObject.from(key) }
  } catch (cause) {
    throw refused(cause)
  }
}

function refused(cause: unknown): EvidenceError {
  return new EvidenceError('ERR_CERTIFICATE_FORMAT', 'public key: not accepted, is the point on the curve', { cause })
}
