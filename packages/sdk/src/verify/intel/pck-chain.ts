// The PCK certificate and its issuers, from the quote's certification data and from hints. Intel's order is leaf, CA, root, but real
// quotes carry others, so issuers are found by name.
import { EvidenceError, equalBytes, UnavailableError } from '../../core/index.js'
import { parsePem } from '../../encoding/pem.js'
import type { Quote } from '../../evidence/quote/index.js'
import { type Certificate, findExtension, type Name, parseCertificate } from '../../x509/index.js'

const sgxOid = '1.2.840.113741.1.13.1'

export interface PckChain {
  readonly leaf: Certificate
  readonly ca: Certificate
  readonly root: Certificate
}

export type PckCa = 'platform' | 'processor'

/** True for a certificate with the SGX extension that is no CA. */
export function isPckLeaf(certificate: Certificate): boolean {
  return findExtension(certificate, sgxOid) !== undefined && certificate.basicConstraints?.ca !== true
}

/** Certificates that the quote itself carries. @throws EvidenceError ERR_ENCODING_PEM, ERR_CERTIFICATE_FORMAT */
export function certificatesOf(quote: Quote): readonly Certificate[] {
  const { certification } = quote.qe
  return certification.kind === 'pem'
    ? parsePem(certification.pem, 'CERTIFICATE').map(({ bytes }) => parseCertificate(bytes))
    : []
}

/** The one leaf in the quote, or undefined where it only names its platform. @throws EvidenceError ERR_CERTIFICATE_CHAIN */
export function findQuoteLeaf(quote: Quote, certificates: readonly Certificate[]): Certificate | undefined {
  if (quote.qe.certification.kind !== 'pem') return undefined
  requireForm(quote.qe.certification.type, certificates.length)
  const [leaf, ...others] = certificates.filter(isPckLeaf)
  if (leaf === undefined || others.length > 0) {
    throw new EvidenceError(
      'ERR_CERTIFICATE_CHAIN',
      `PCK chain: expected one PCK certificate, found ${leaf === undefined ? 0 : others.length + 1}`
    )
  }
  return leaf
}

/** Type 4 is the leaf alone, type 5 its chain. Nobody signs the type: what it says must be what is there. */
function requireForm(type: 4 | 5, count: number): void {
  if ((type === 4) === (count === 1)) return
  const message = `PCK chain: certification data of type ${type} with ${count} certificates`
  throw new EvidenceError('ERR_CERTIFICATE_CHAIN', message)
}

/**
 * Leaf, CA and root, linked by name only: signatures and keys are checked by the caller.
 * @throws UnavailableError ERR_COLLATERAL_MISSING when an issuer is not among `pool`
 */
export function linkPckChain(leaf: Certificate, pool: readonly Certificate[]): PckChain {
  const ca = requireIssuer(leaf, pool)
  return { leaf, ca, root: requireIssuer(ca, pool) }
}

/** True where `pool` names an issuer of `certificate`. */
export function isIssuerAmong(pool: readonly Certificate[], certificate: Certificate): boolean {
  return pool.some((candidate) => equalBytes(candidate.subject.der, certificate.issuer.der))
}

function requireIssuer(certificate: Certificate, pool: readonly Certificate[]): Certificate {
  const issuer = pool.find((candidate) => equalBytes(candidate.subject.der, certificate.issuer.der))
  if (issuer !== undefined) return issuer
  const name = commonNameOf(certificate.issuer)
  throw new UnavailableError('ERR_COLLATERAL_MISSING', `PCK chain: the certificate of '${name}' is not at hand`, {
    details: { field: 'certificate chain' }
  })
}

/** Which CA issued the leaf: names its revocation list. @throws EvidenceError ERR_CERTIFICATE_CHAIN */
export function pckCaOf(leaf: Certificate): PckCa {
  const name = commonNameOf(leaf.issuer)
  if (/Platform CA$/.test(name)) return 'platform'
  if (/Processor CA$/.test(name)) return 'processor'
  throw new EvidenceError(
    'ERR_CERTIFICATE_CHAIN',
    'PCK chain: the issuer is neither the Platform CA nor the Processor CA'
  )
}

function commonNameOf(name: Name): string {
  return (
    name.attributes
      .find(({ oid }) => oid === '2.5.4.3')
      ?.value.replace(/[^\x20-\x7e]/g, '?')
      .slice(0, 64) ?? ''
  )
}
