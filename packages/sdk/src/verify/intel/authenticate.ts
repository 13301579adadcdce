// What TDX and SGX have in common when they are authenticated: the quote, its proof and its rating.
import { EvidenceError } from '../../core/index.js'
import type { Evidence } from '../../evidence/index.js'
import { parseQuote, type Quote } from '../../evidence/quote/index.js'
import type { CheckText } from '../checklist.js'
import type { Claims, Findings } from '../findings.js'
import type { VerificationContext } from '../verifier.js'
import type { PckExtension } from './pck-extension.js'
import { type ProvenQuote, proveQuote } from './quote-checks.js'

export type BodyOf<Tee extends 'sgx' | 'tdx'> = Extract<Quote['body'], { tee: Tee }>

export interface AuthenticatedQuote<Tee extends 'sgx' | 'tdx'> {
  readonly quote: Quote
  readonly body: BodyOf<Tee>
  readonly proven: ProvenQuote
}

const format: CheckText = {
  id: 'quote.format',
  title: 'quote is well-formed',
  spec: 'Intel SGX ECDSA Quote Library Reference, appendix A; Intel TDX DCAP Quoting Library API, appendix A.3'
}

/** @throws EvidenceError, UnavailableError */
export async function authenticateQuote<Tee extends 'sgx' | 'tdx'>(
  tee: Tee,
  evidence: Evidence,
  findings: Findings,
  context: VerificationContext,
  claimsOf: (quote: Quote, body: BodyOf<Tee>, extension?: PckExtension) => Claims
): Promise<AuthenticatedQuote<Tee>> {
  const quote = await findings.checklist.prove(format, () => parseQuoteOf(tee, evidence.bytes))
  const body = quote.body as BodyOf<Tee> // parseQuoteOf has refused the other
  findings.describe(() => claimsOf(quote, body))
  const proven = await proveQuote(evidence, quote, findings, context)
  findings.describe(() => claimsOf(quote, body, proven.pck.extension))
  findings.tcb = {
    status: proven.rating.status,
    advisories: proven.rating.advisories,
    date: proven.rating.tcbDate.toISOString(),
    evaluationDataNumber: proven.evaluationDataNumber
  }
  return { quote, body, proven }
}

function parseQuoteOf(tee: 'sgx' | 'tdx', bytes: Uint8Array): Quote {
  const quote = parseQuote(bytes)
  if (quote.body.tee === tee) return quote
  throw new EvidenceError('ERR_EVIDENCE_FORMAT', `quote: expected one of ${tee}, found ${quote.body.tee}`)
}
