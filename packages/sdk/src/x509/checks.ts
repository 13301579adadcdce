// The rules of path validation (RFC 5280 §6.1), one function per rule, so that a verifier can record each as its own check.
import { type EvidenceCode, EvidenceError, equalBytes, toHex } from '../core/index.js'
import type { Certificate } from './certificate.js'
import { extensionOid } from './extensions.js'
import { labelOf, labelOfName } from './name.js'

const processedOids: readonly string[] = [extensionOid.basicConstraints, extensionOid.keyUsage]

/** The issuer's subject is the certificate's issuer, byte for byte. @throws EvidenceError ERR_CERTIFICATE_CHAIN */
export function checkIssuer(certificate: Certificate, issuer: Certificate): void {
  if (equalBytes(certificate.issuer.der, issuer.subject.der)) return
  const expected = labelOfName(certificate.issuer)
  throw refused('ERR_CERTIFICATE_CHAIN', certificate, `expected issuer ${expected}, found ${labelOf(issuer)}`)
}

/** Both bounds belong to the validity. @throws EvidenceError ERR_CERTIFICATE_NOT_YET_VALID, ERR_CERTIFICATE_EXPIRED */
export function checkValidity(certificate: Certificate, now: Date): void {
  const { notBefore, notAfter } = certificate
  if (now < notBefore) {
    throw refused('ERR_CERTIFICATE_NOT_YET_VALID', certificate, `valid from ${iso(notBefore)}, now is ${iso(now)}`)
  }
  // Written so that an invalid date is no time at which anything is valid.
  if (!(now <= notAfter))
    throw refused('ERR_CERTIFICATE_EXPIRED', certificate, `valid until ${iso(notAfter)}, now is ${iso(now)}`)
}

/**
 * The certificate may issue others: CA flag, key usage, and no more CA certificates below it than its path length admits.
 * Stricter than the RFC in two points: the key usage must be there, and self-issued certificates count.
 * @param casBelow how many CA certificates stand between this one and the leaf
 * @throws EvidenceError ERR_CERTIFICATE_USAGE
 */
export function checkCaUse(certificate: Certificate, casBelow: number): void {
  const { basicConstraints, keyUsage } = certificate
  if (basicConstraints?.ca !== true) throw refused('ERR_CERTIFICATE_USAGE', certificate, 'is not a CA')
  if (keyUsage?.includes('keyCertSign') !== true) {
    throw refused('ERR_CERTIFICATE_USAGE', certificate, 'its key usage lacks keyCertSign')
  }
  const { pathLength = Number.POSITIVE_INFINITY } = basicConstraints
  if (casBelow > pathLength) {
    throw refused('ERR_CERTIFICATE_USAGE', certificate, `path length ${pathLength}, found ${casBelow} CAs below it`)
  }
}

/** The certificate signs evidence or collateral: no CA, and digitalSignature where it has a key usage. @throws EvidenceError ERR_CERTIFICATE_USAGE */
export function checkLeafUse(certificate: Certificate): void {
  if (certificate.basicConstraints?.ca === true)
    throw refused('ERR_CERTIFICATE_USAGE', certificate, 'is a CA, expected a leaf')
  if (certificate.keyUsage?.includes('digitalSignature') === false) {
    throw refused('ERR_CERTIFICATE_USAGE', certificate, 'its key usage lacks digitalSignature')
  }
}

/**
 * No critical extension but basicConstraints, keyUsage and those that the caller processes.
 * @throws EvidenceError ERR_CERTIFICATE_USAGE
 */
export function checkCriticalExtensions(certificate: Certificate, understood: readonly string[] = []): void {
  for (const { oid, critical } of certificate.extensions) {
    if (!critical || processedOids.includes(oid) || understood.includes(oid)) continue
    throw refused('ERR_CERTIFICATE_USAGE', certificate, `critical extension ${oid} is not understood`)
  }
}

/** The key is one of the trusted ones by value; name and fingerprint of the certificate count for nothing. @throws EvidenceError ERR_CERTIFICATE_ROOT */
export function checkTrustedKey(certificate: Certificate, trustedKeys: readonly Uint8Array[]): void {
  if (trustedKeys.some((spki) => equalBytes(spki, certificate.spki))) return
  throw refused('ERR_CERTIFICATE_ROOT', certificate, 'its key is not a trusted root key')
}

function refused(code: EvidenceCode, certificate: Certificate, message: string): EvidenceError {
  return new EvidenceError(code, `certificate ${labelOf(certificate)}: ${message}`, {
    details: { certificate: labelOf(certificate), serialNumber: toHex(certificate.serialNumber) }
  })
}

function iso(time: Date): string {
  return Number.isNaN(time.getTime()) ? 'no time' : time.toISOString()
}
