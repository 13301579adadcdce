// The chain above a certificate, from the vendor's service where that is allowed.
import { EvidenceError, TresorError, UnavailableError } from '../../core/index.js'
import { nameOf } from '../../x509/index.js'
import type { VerificationContext } from '../verifier.js'
import { candidateOf, type LeafCandidate } from './candidate.js'
import { type ChainParts, chainPartsOf, type Hints } from './chain-parts.js'
import { chainItem } from './kds.js'

/** The chain from the vendor's service, or why there is none. */
export async function fetchChain(
  leaf: LeafCandidate,
  hints: Hints,
  context: VerificationContext
): Promise<ChainParts | TresorError> {
  const { product, signingKey } = leaf.leaf
  const item = chainItem(product, signingKey)
  const { collateral, now, signal } = context
  if (collateral === undefined) return foreignChain(leaf, hints) ?? missingChain(`${item.baseUrl}${item.path}`)
  try {
    const found = await collateral.get(item, signal === undefined ? { now } : { now, signal })
    const ask = await candidateOf(found.value.ask.der, found.source, context)
    const ark = await candidateOf(found.value.ark.der, found.source, context)
    return chainPartsOf({ leaf, ask, arks: [ark], crls: hints.crls })
  } catch (error) {
    if (!TresorError.is(error)) throw error
    return foreignChain(leaf, hints) ?? error
  }
}

function missingChain(url: string): UnavailableError {
  return new UnavailableError('ERR_COLLATERAL_MISSING', `SNP report: not at hand: the certificate chain, ${url}`)
}

/** A chain was given, but not the one of this certificate. */
function foreignChain({ leaf }: LeafCandidate, hints: Hints): EvidenceError | undefined {
  const names = hints.candidates.map(({ certificate }) => nameOf(certificate, 'commonName') ?? '')
  const found = names.find((name) => /^SEV-(VLEK-)?(Milan|Genoa|Turin)$/.test(name))
  if (found === undefined) return undefined
  const code = found.endsWith(leaf.product) ? 'ERR_CERTIFICATE_CHAIN' : 'ERR_EVIDENCE_PRODUCT'
  return new EvidenceError(
    code,
    `AMD chain: expected the issuer of a ${leaf.signingKey} of ${leaf.product}, found ${found}`
  )
}
