// Revocation lists against issuers, time and certificates (RFC 5280 §6.3), one function per rule.
import { EvidenceError, equalBytes, toHex } from '../core/index.js'
import type { Certificate } from './certificate.js'
import { labelOf, labelOfName } from './name.js'
import type { Crl } from './parse-crl.js'
import { importKey, isSignedBy, type KeyImporter } from './signature.js'

export interface CrlOptions {
  readonly crl: Crl
  /** The certificate of the CA, itself verified elsewhere. */
  readonly issuer: Certificate
  readonly now: Date
  readonly keys?: KeyImporter
}

/**
 * Proves that the list is its issuer's word and current. What it says of a certificate: `checkNotRevoked`.
 * @throws EvidenceError ERR_CRL_ISSUER, ERR_CRL_EXPIRED
 */
export async function verifyCrl({ crl, issuer, now, keys = importKey }: CrlOptions): Promise<void> {
  checkCrlIssuer(crl, issuer)
  checkCrlValidity(crl, now)
  await verifyCrlSignature(crl, issuer.spki, keys)
}

/** The list names this issuer, which may sign lists. @throws EvidenceError ERR_CRL_ISSUER */
export function checkCrlIssuer(crl: Crl, issuer: Certificate): void {
  if (!isIssuedBy(crl, issuer)) throw wrongIssuer(crl, `not of ${labelOf(issuer)}`)
  if (issuer.keyUsage?.includes('cRLSign') === false)
    throw wrongIssuer(crl, 'the key usage of its issuer lacks cRLSign')
}

/** Both bounds belong to the validity; a list without an end is never current. @throws EvidenceError ERR_CRL_EXPIRED */
export function checkCrlValidity(crl: Crl, now: Date): void {
  const { thisUpdate, nextUpdate } = crl
  if (nextUpdate !== undefined && now >= thisUpdate && now <= nextUpdate) return
  const until = nextUpdate?.toISOString() ?? 'an unknown time'
  throw new EvidenceError('ERR_CRL_EXPIRED', `${label(crl)}: valid from ${thisUpdate.toISOString()} to ${until}`)
}

/** Independent of the time. @throws EvidenceError ERR_CRL_ISSUER */
export async function verifyCrlSignature(
  crl: Crl,
  issuerSpki: Uint8Array,
  keys: KeyImporter = importKey
): Promise<void> {
  if (!(await isSignedBy(crl, issuerSpki, keys))) throw wrongIssuer(crl, 'not signed with the key of its issuer')
}

/** A certificate of another issuer passes: the list says nothing about it. @throws EvidenceError ERR_CERTIFICATE_REVOKED */
export function checkNotRevoked(certificate: Certificate, crl: Crl): void {
  if (!equalBytes(certificate.issuer.der, crl.issuer.der) || !isRevoked(crl, certificate.serialNumber)) return
  throw new EvidenceError(
    'ERR_CERTIFICATE_REVOKED',
    `certificate ${labelOf(certificate)}: revoked by ${labelOfName(crl.issuer)}`,
    {
      details: { certificate: labelOf(certificate), serialNumber: toHex(certificate.serialNumber) }
    }
  )
}

/** True where the list holds the serial number, for whatever reason and from whatever date on. */
function isRevoked(crl: Crl, serialNumber: Uint8Array): boolean {
  return crl.revoked.some((entry) => equalBytes(entry.serialNumber, serialNumber))
}

/** True where the list names the subject of `issuer`: a claim, not a proof. */
export function isIssuedBy(crl: Crl, issuer: Certificate): boolean {
  return equalBytes(crl.issuer.der, issuer.subject.der)
}

function wrongIssuer(crl: Crl, message: string): EvidenceError {
  return new EvidenceError('ERR_CRL_ISSUER', `${label(crl)}: ${message}`)
}

function label(crl: Crl): string {
  return `revocation list of ${labelOfName(crl.issuer)}`
}
