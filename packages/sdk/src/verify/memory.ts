// What verification remembers: parsed certificates, imported keys, verified signatures. All depend on nothing but their key.
import { crypto } from '#crypto'
import { TresorError } from '../core/index.js'
import type { Awaitable, PublicKey } from '../crypto/index.js'
import { type Certificate, verifyCertificateSignature } from '../x509/index.js'
import type { Collateral } from './collateral/collateral.js'

export type Memory = Pick<Collateral, 'memo'>

/** Remembers nothing: for calls without a `collateral`. */
export const noMemory: Memory = { memo: (_scope, _key, make) => make() }

/** A certificate with the hex SHA-256 of its DER, by which everything about it is remembered. */
export interface Known {
  readonly certificate: Certificate
  readonly sha256: string
}

/** Hex SHA-256. */
export function sha256Hex(bytes: Uint8Array): Awaitable<string> {
  return crypto.hashHex('sha256', bytes)
}

/** The imported key of a certificate. */
export function keyOf(known: Known, memory: Memory): PublicKey | Promise<PublicKey> {
  return memory.memo('certificate-key', known.sha256, () => crypto.importSpki(known.certificate.spki))
}

/**
 * Proves that `known` is signed with the key `spki`, whose hex SHA-256 (or that of its certificate) is `keyId`.
 * @throws EvidenceError ERR_CERTIFICATE_SIGNATURE
 */
export async function verifySignedBy(
  known: Known,
  issuer: { readonly spki: Uint8Array; readonly keyId: string },
  memory: Memory
): Promise<void> {
  const importKey = (): PublicKey | Promise<PublicKey> =>
    memory.memo('issuer-key', issuer.keyId, () => crypto.importSpki(issuer.spki))
  await memory.memo('certificate-signature', `${known.sha256}.${issuer.keyId}`, async () => {
    await verifyCertificateSignature(known.certificate, issuer.spki, importKey)
    return true
  })
}

/** Whether it is signed with that key; what cannot be decided is thrown. */
export async function isSignedBy(...signed: Parameters<typeof verifySignedBy>): Promise<boolean> {
  try {
    await verifySignedBy(...signed)
    return true
  } catch (error) {
    if (TresorError.is(error) && error.code === 'ERR_CERTIFICATE_SIGNATURE') return false
    throw error
  }
}
