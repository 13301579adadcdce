// go-tdx-guest 0.3.1.
import type { Difference } from './differences.js'
import { isBeforeIssue, isBeforeLists, theyRefuse, weRefuse } from './pair.js'

export const goTdxGuestDifferences: readonly Difference[] = [
  {
    id: 'version 5',
    reason: 'it reads version 4 only',
    decides: 'QVL QuoteVerification/Quote.cpp:217 admits versions 3, 4 and 5',
    explains: theyRefuse(/quote format not supported$/)
  },
  {
    id: 'case of the FMSPC',
    reason: "it compares texts, and Intel's service spells the FMSPC in capitals; we compare bytes",
    decides: 'QVL Verifiers/QuoteVerifier.cpp:115 compares bytes',
    explains: (compared) => theyRefuse(fmspcs)(compared) && isSameFmspc(compared.theirs.error ?? '')
  },
  {
    id: 'processor CA',
    reason: 'it knows the platform CA only',
    decides: 'QVL CertVerification/X509Constants.cpp:47-58 names both',
    explains: theyRefuse(/"Intel SGX PCK Processor CA" is not expected/)
  },
  {
    id: 'order of the chain',
    reason: 'it demands leaf, CA, root; we look for each by its name',
    decides: 'QVL CertVerification/CertificateChain.cpp:96-125: the order is not fixed',
    explains: theyRefuse(
      /^(could not get PCK certificate extensions: .* length found \d\.|unable to validate root cert: "Intel SGX PCK Platform CA")/
    )
  },
  {
    id: 'chain without root',
    reason: 'it demands three certificates; for us a root from elsewhere does, since only its key counts',
    decides:
      'QVL Verifiers/PckCertVerifier.cpp:60 demands it, to compare it with the trusted one (125): we have the key',
    explains: theyRefuse(/^incomplete PCK Certificate chain found/)
  },
  {
    id: 'damaged root in the quote',
    reason: 'it checks the root that the quote carries; we check by the pinned key, and any certificate of it does',
    decides:
      'QVL Verifiers/PckCertVerifier.cpp:125 compares its signature with that of the trusted one: we have the key',
    explains: theyRefuse(/^(could not interpret Root CA certificate|unable to validate root cert: )/)
  },
  {
    id: 'bytes behind the chain',
    reason: 'it admits one NUL and nothing else; we admit NULs, empty lines, and further certificates',
    decides: 'QVL CertVerification/CertificateChain.cpp:208-230 ignores what follows',
    explains: theyRefuse(/^unexpected trailing bytes were found in PCK Certificate Chain/)
  },
  {
    id: 'PEM between the lines',
    reason: 'it skips spaces at the ends of lines; we take PEM and nothing else',
    decides: 'RFC 7468 §3, the strict grammar; Intel writes no other',
    explains: weRefuse(['ERR_ENCODING_PEM'])
  },
  {
    id: 'bytes behind the quote',
    reason: 'it ignores them; we admit zeros only, the padding of guest interfaces',
    decides: 'QVL QuoteVerification/Quote.cpp:158 admits any; nothing signs them',
    explains: weRefuse(['ERR_EVIDENCE_FORMAT'], /padding at \w+ must be zero/)
  },
  {
    id: 'lists of the future',
    reason: 'it uses them; we refuse a list before its thisUpdate',
    decides: 'QVL PckParser/PckParser.cpp:128: valid from thisUpdate on',
    explains: (compared) => weRefuse(['ERR_CRL_EXPIRED'])(compared) && isBeforeLists(compared)
  },
  {
    id: 'TCB info of the future',
    reason: 'it looks at nextUpdate only; we refuse what has not been issued yet',
    decides: 'Intel PCS API v4, issueDate; QVL Verifiers/TCBInfoVerifier.cpp:94 looks at nextUpdate only',
    explains: (compared) => weRefuse(['ERR_COLLATERAL_EXPIRED'])(compared) && isBeforeIssue(compared)
  },
  {
    id: 'status before the quoting enclave',
    reason: 'it stops at a platform that is behind, and has not looked at the quoting enclave; we have',
    decides: 'QVL Verifiers/QuoteVerifier.cpp:282 looks at the enclave first, 324 rates the platform last',
    explains: (compared) => compared.theirs.status !== 'UpToDate' && isAboutQe(compared)
  },
  {
    id: 'panic',
    reason: 'it slices by lengths that lie, and panics; we refuse',
    decides: 'QVL QuoteVerification/Quote.cpp:158 and QuoteStructures.cpp check each length',
    explains: ({ ours, theirs }) =>
      ours.verdict === 'rejected' && theirs.verdict === 'broken' && /slice bounds out of range/.test(theirs.error ?? '')
  }
]

const fmspcs = /^FMSPC from PCK Certificate\("(\w+)"\) is not equal to .*\("(\w+)"\)$/

function isSameFmspc(error: string): boolean {
  const [, certified = '', rated] = fmspcs.exec(error) ?? []
  return certified.toLowerCase() === rated?.toLowerCase()
}

const isAboutQe = weRefuse(['ERR_EVIDENCE_KEY', 'ERR_TCB_UNSUPPORTED'], /^quoting enclave: |QE identity/)
