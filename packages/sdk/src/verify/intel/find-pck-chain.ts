// Finds the PCK certificate of a quote and its issuers: in the quote, then in what came beside it.
import { crypto } from '#crypto'
import { UnavailableError } from '../../core/index.js'
import { parsePem } from '../../encoding/pem.js'
import type { Quote } from '../../evidence/quote/index.js'
import type { Certificate } from '../../x509/index.js'
import type { VerificationContext } from '../verifier.js'
import { anchorOf } from './anchor.js'
import { readCertificate } from './hint.js'
import { pckIssuersItem } from './items.js'
import { importOnce } from './keys.js'
import type { Material, Source } from './material.js'
import { pckCertificateItem } from './pck-certificate-item.js'
import { findQuoteLeaf, isIssuerAmong, isPckLeaf, linkPckChain, type PckChain, pckCaOf } from './pck-chain.js'

/** A chain, and where its leaf came from. */
export interface FoundPckChain extends PckChain {
  readonly source: Source
}

/**
 * The quote's own certificates come first; where it only names its platform, the certificate whose key signed is the right one: among
 * what is at hand, then at the service.
 * @throws EvidenceError ERR_ENCODING_PEM, ERR_CERTIFICATE_*
 * @throws UnavailableError ERR_COLLATERAL_MISSING, and those of the collateral source
 */
export async function findPckChain(
  quote: Quote,
  material: Material,
  context: VerificationContext
): Promise<FoundPckChain> {
  const own = await readOwn(quote, context)
  const pool = [...own, ...material.certificates.map(({ value }) => value)]
  const leaf = findQuoteLeaf(quote, own) ?? (await findSigningLeaf(quote, pool, context))
  if (leaf === undefined) return fetchChain(quote, pool, context)
  const { source = 'evidence' } = material.certificates.find(({ value }) => value === leaf) ?? {}
  return { ...(await linkChain(leaf, pool, context)), source: own.includes(leaf) ? 'evidence' : source }
}

async function linkChain(
  leaf: Certificate,
  pool: readonly Certificate[],
  context: VerificationContext
): Promise<PckChain> {
  return linkPckChain(leaf, await withIssuers(leaf, trustedFirst(pool, context), context))
}

/** Only for a quote that says which platform it is from. */
async function fetchChain(
  quote: Quote,
  pool: readonly Certificate[],
  context: VerificationContext
): Promise<FoundPckChain> {
  const { certification } = quote.qe
  if (certification.kind !== 'ppid' || context.collateral === undefined) throw missing(quote)
  const { now, signal, collateral } = context
  const item = await pckCertificateItem(quote, certification)
  try {
    const { value, source } = await collateral.get(item, signal === undefined ? { now } : { now, signal })
    const leaf = await findSigningLeaf(quote, value, context)
    if (leaf === undefined) throw missing(quote, 'The service has the certificate of another level of the platform')
    return { ...(await linkChain(leaf, [...value, ...pool], context)), source }
  } catch (error) {
    throw isAnswer(error) ? missing(quote, undefined, error) : error
  }
}

/** The service knows no such platform, or may not be asked: it is as if there were no service. */
function isAnswer(error: unknown): boolean {
  if (!(error instanceof UnavailableError)) return false
  return error.code === 'ERR_COLLATERAL_OFFLINE' || error.code === 'ERR_COLLATERAL_RESPONSE'
}

function missing(
  { qe }: Quote,
  remedy = 'Give the PCK certificate of the platform as collateral, or ask a service that has it',
  cause?: unknown
): UnavailableError {
  const { type } = qe.certification
  const message = `PCK certificate: the quote names it (certification data of type ${type}), but does not carry it`
  const details = { field: 'PCK certificate', remedy }
  return new UnavailableError('ERR_COLLATERAL_MISSING', message, cause === undefined ? { details } : { details, cause })
}

/** A quote may carry its PCK certificate alone: the service has what stands above. */
async function withIssuers(
  leaf: Certificate,
  pool: readonly Certificate[],
  { collateral, now, signal }: VerificationContext
): Promise<readonly Certificate[]> {
  if (collateral === undefined || isIssuerAmong(pool, leaf)) return pool
  const item = pckIssuersItem(pckCaOf(leaf))
  const { value } = await collateral.get(item, signal === undefined ? { now } : { now, signal })
  return [...pool, ...value]
}

async function readOwn(quote: Quote, { memory }: VerificationContext): Promise<readonly Certificate[]> {
  const { certification } = quote.qe
  if (certification.kind !== 'pem') return []
  const certificates: Certificate[] = []
  for (const { bytes } of parsePem(certification.pem, 'CERTIFICATE')) {
    certificates.push((await readCertificate(bytes, memory)).certificate)
  }
  return certificates
}

/** A certificate with a root's name and another key must not hide the root. */
function trustedFirst(pool: readonly Certificate[], context: VerificationContext): readonly Certificate[] {
  const trusted = pool.filter((certificate) => {
    const anchor = anchorOf(certificate, context.extraRoots)
    return anchor !== undefined && anchor.kind !== 'simulated'
  })
  return [...trusted, ...pool]
}

async function findSigningLeaf(
  { qe }: Quote,
  pool: readonly Certificate[],
  { memory }: VerificationContext
): Promise<Certificate | undefined> {
  for (const candidate of pool.filter(isPckLeaf)) {
    const key = await importOnce(memory)(candidate.spki)
    if (await crypto.verifyEcdsa(key, 'sha256', qe.reportBytes, qe.signature)) return candidate
  }
  return undefined
}
