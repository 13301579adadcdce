// Finds the chain above a certificate: in the hints, then at the vendor's service where that is allowed.
import { EvidenceError, equalBytes, TresorError, UnavailableError } from '../../core/index.js'
import { nameOf } from '../../x509/index.js'
import type { CheckText } from '../checklist.js'
import type { Findings } from '../findings.js'
import type { VerificationContext } from '../verifier.js'
import { type ChainAttempt, tryChain } from './chain.js'
import type { ChainParts } from './chain-parts.js'
import { type Candidate, candidateOf, type Hints, type LeafCandidate } from './hints.js'
import { chainItem } from './kds.js'

/** More combinations of certificates are not tried: each costs signatures. */
const maxAttempts = 16

const text: CheckText = { id: 'snp.chain', title: 'certificate of the intermediate is at hand', spec: 'AMD 57230' }

/**
 * Tries the chains that the hints can form, then one from the vendor; takes over the checks of the one that holds, or of the first.
 * @throws EvidenceError, UnavailableError
 */
export async function proveChain(
  leaves: readonly [LeafCandidate, ...LeafCandidate[]],
  hints: Hints,
  findings: Findings,
  context: VerificationContext
): Promise<LeafCandidate> {
  const [first] = leaves
  let failed: ChainAttempt | undefined
  for (const parts of combine(leaves, hints)) {
    const attempt = await tryChain(parts, context)
    if (attempt.failure === undefined) return adopt(attempt, parts.leaf, findings)
    failed ??= attempt
  }
  const fetched = await fetchChain(first, hints, context)
  const attempt = fetched instanceof TresorError ? failed : await tryChain(fetched, context)
  if (attempt === undefined) return findings.checklist.prove(text, () => Promise.reject(fetched))
  return adopt(attempt.failure === undefined ? attempt : (failed ?? attempt), first, findings)
}

function adopt(attempt: ChainAttempt, leaf: LeafCandidate, findings: Findings): LeafCandidate {
  findings.checklist.adopt(attempt.checklist)
  findings.collateral.push(...attempt.collateral)
  findings.simulated = attempt.simulated
  if (attempt.failure !== undefined) throw attempt.failure
  return leaf
}

function combine(leaves: readonly LeafCandidate[], hints: Hints): readonly ChainParts[] {
  const combinations = leaves.flatMap((leaf) =>
    issuersOf(leaf, hints).map((ask) => ({ leaf, ask, arks: issuersOf(ask, hints), crls: hints.crls }))
  )
  return combinations.slice(0, maxAttempts)
}

function issuersOf({ certificate }: Candidate, hints: Hints): readonly Candidate[] {
  return hints.candidates.filter((other) => equalBytes(other.certificate.subject.der, certificate.issuer.der))
}

/** The chain from the vendor's service, or why there is none. */
async function fetchChain(
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
    return { leaf, ask, arks: [ark], crls: hints.crls }
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
