// Path validation for chains of fixed order, leaf first, that end in a pinned key (RFC 5280 §6).
import { EvidenceError } from '../core/index.js'
import type { Certificate } from './certificate.js'
import {
  checkCaUse,
  checkCriticalExtensions,
  checkIssuer,
  checkLeafUse,
  checkTrustedKey,
  checkValidity
} from './checks.js'
import { checkNotRevoked, isIssuedBy, verifyCrl } from './crl.js'
import type { Crl } from './parse-crl.js'
import { importKey, type KeyImporter, verifyCertificateSignature } from './signature.js'

export interface ChainRules {
  /** Leaf first, each followed by its issuer, the certificate of the root last. */
  readonly chain: readonly Certificate[]
  /** DER SubjectPublicKeyInfo of the accepted roots. */
  readonly trustedKeys: readonly Uint8Array[]
  readonly now: Date
  /** Critical extensions that the caller processes, beside basicConstraints and keyUsage. */
  readonly understoodCriticalOids?: readonly string[]
}

export interface ChainOptions extends ChainRules {
  /** Each must be of one CA of the chain. Certificates whose issuer has no list here are not checked for revocation. */
  readonly crls?: readonly Crl[]
  readonly keys?: KeyImporter
}

/** From when until when everything that was checked is valid. */
export interface ChainValidity {
  readonly notBefore: Date
  readonly notAfter: Date
}

const maxChainLength = 8

/**
 * Verifies a chain whole. The root is trusted for its key: its own signature proves nothing and is not verified, so its dates and
 * constraints count against it, never for it.
 * @throws EvidenceError ERR_CERTIFICATE_CHAIN, _ROOT, _USAGE, _EXPIRED, _NOT_YET_VALID, _SIGNATURE, _REVOKED, ERR_CRL_ISSUER, ERR_CRL_EXPIRED
 */
export async function verifyChain(options: ChainOptions): Promise<ChainValidity> {
  const { chain, crls = [], now, keys = importKey } = options
  checkChain(options)
  await verifyChainSignatures(chain, keys)
  for (const crl of crls) await verifyRevocation(crl, chain, now, keys)
  return intersect(chain, crls)
}

/** All rules of `verifyChain` but signatures and revocation: cheap, and dependent on the time. */
function checkChain({ chain, trustedKeys, now, understoodCriticalOids = [] }: ChainRules): void {
  const [leaf, ...issuers] = chain
  const root = issuers.at(-1)
  if (leaf === undefined || root === undefined || chain.length > maxChainLength) {
    throw new EvidenceError(
      'ERR_CERTIFICATE_CHAIN',
      `chain: expected 2 to ${maxChainLength} certificates, found ${chain.length}`
    )
  }
  forEachLink(chain, checkIssuer)
  checkTrustedKey(root, trustedKeys)
  checkLeafUse(leaf)
  for (const [casBelow, issuer] of issuers.entries()) checkCaUse(issuer, casBelow)
  for (const certificate of chain) checkCriticalExtensions(certificate, understoodCriticalOids)
  for (const certificate of chain) checkValidity(certificate, now)
}

/** The signatures of all certificates but the last. Independent of the time, so a caller may remember the outcome. */
export async function verifyChainSignatures(
  chain: readonly Certificate[],
  keys: KeyImporter = importKey
): Promise<void> {
  const links: Promise<void>[] = []
  forEachLink(chain, (certificate, issuer) => links.push(verifyCertificateSignature(certificate, issuer.spki, keys)))
  await Promise.all(links)
}

function forEachLink(
  chain: readonly Certificate[],
  visit: (certificate: Certificate, issuer: Certificate) => void
): void {
  chain.reduce((certificate, issuer) => {
    visit(certificate, issuer)
    return issuer
  })
}

async function verifyRevocation(crl: Crl, chain: readonly Certificate[], now: Date, keys: KeyImporter): Promise<void> {
  const issuer = chain.slice(1).find((certificate) => isIssuedBy(crl, certificate))
  if (issuer === undefined) throw new EvidenceError('ERR_CRL_ISSUER', 'revocation list: not of an issuer in this chain')
  await verifyCrl({ crl, issuer, now, keys })
  for (const certificate of chain) checkNotRevoked(certificate, crl)
}

function intersect(chain: readonly Certificate[], crls: readonly Crl[]): ChainValidity {
  const starts = [...chain.map((certificate) => certificate.notBefore), ...crls.map((crl) => crl.thisUpdate)]
  const ends = [...chain.map((certificate) => certificate.notAfter), ...crls.flatMap((crl) => crl.nextUpdate ?? [])]
  return {
    notBefore: new Date(Math.max(...starts.map(Number))),
    notAfter: new Date(Math.min(...ends.map(Number)))
  }
}
