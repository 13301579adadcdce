// The certificate of the key that signed a report, from the vendor's service where that is allowed.
import { EvidenceError, TresorError, UnavailableError } from '../../core/index.js'
import { parseTcb, type SnpProduct, type SnpReport, snpProducts, tcbLayoutOf } from '../../evidence/index.js'
import { nameOf } from '../../x509/index.js'
import type { VerificationContext } from '../verifier.js'
import { candidateOf, isLeaf, type LeafCandidate } from './candidate.js'
import type { Hints } from './chain-parts.js'
import { productOfReport } from './fit.js'
import { kdsBaseUrl, vcekItem } from './kds.js'

/** The certificate, or why it cannot be had. */
export async function fetchLeaf(
  report: SnpReport,
  hints: Hints,
  context: VerificationContext
): Promise<LeafCandidate | TresorError> {
  if (report.keyInfo.signingKey === 'VLEK')
    return missing('a VLEK certificate, which only the cloud that runs the guest has')
  const { collateral } = context
  const products = possibleProducts(report, hints)
  if (collateral === undefined)
    return missing(`the VCEK certificate, ${products.map((p) => urlOf(report, p)).join(' or ')}`)
  let failure: TresorError = missing('the VCEK certificate')
  for (const product of products) {
    try {
      return await fetchVcek(report, product, context)
    } catch (error) {
      if (!TresorError.is(error)) throw error
      failure = error
    }
  }
  return failure
}

async function fetchVcek(report: SnpReport, product: SnpProduct, context: VerificationContext): Promise<LeafCandidate> {
  const { collateral, now, signal } = context
  if (collateral === undefined) throw missing('the VCEK certificate')
  const found = await collateral.get(itemOf(report, product), signal === undefined ? { now } : { now, signal })
  const candidate = await candidateOf(found.bytes, found.source, context)
  if (isLeaf(candidate)) return candidate
  throw new EvidenceError('ERR_CERTIFICATE_FORMAT', 'key distribution service: expected a VCEK certificate')
}

/** A report of version 2 names no product: those whose authorities are among the hints, else those that make such reports. */
function possibleProducts(report: SnpReport, hints: Hints): readonly SnpProduct[] {
  const product = productOfReport(report)
  if (product !== undefined) return [product]
  const names = hints.candidates.map(({ certificate }) => nameOf(certificate, 'commonName'))
  const hinted = snpProducts.filter((candidate) => names.some((name) => name === `SEV-${candidate}`))
  return hinted.length > 0 ? hinted : ['Milan', 'Genoa']
}

function itemOf(report: SnpReport, product: SnpProduct): ReturnType<typeof vcekItem> {
  const hwId = product === 'Turin' ? report.chipId.slice(0, 8) : report.chipId
  return vcekItem(product, hwId, parseTcb(report.reportedTcb, tcbLayoutOf(product)))
}

function urlOf(report: SnpReport, product: SnpProduct): string {
  return `${kdsBaseUrl}${itemOf(report, product).path}`
}

function missing(what: string): UnavailableError {
  return new UnavailableError('ERR_COLLATERAL_MISSING', `SNP report: not at hand: ${what}`)
}
