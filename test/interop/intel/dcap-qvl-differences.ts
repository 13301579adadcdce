// dcap-qvl 0.7.1. (Its older versions compared TEE_TCB_SVN from index 0, where a module of version 1 and above has levels of its own:
// EvaluateTcb.cpp:320. This one does as Intel does, and no difference is left there.)
import type { Difference } from './differences.js'
import { isBeforeLists, isLastSecondOfLists, theyRefuse, weRefuse } from './pair.js'

export const dcapQvlDifferences: readonly Difference[] = [
  {
    id: 'TCB info of version 2',
    reason: 'it reads version 3 only; we read the older one for SGX, as archives have it',
    decides: 'QVL AttestationParsers/src/Json/TcbInfo.cpp:195 admits versions 2 and 3',
    explains: theyRefuse(/missing field `sgxtcbcomponents`/)
  },
  {
    id: 'revoked platforms',
    reason: 'it refuses them at once; we say Revoked, and every policy that does not name it refuses',
    decides: 'QVL Verifiers/Checks/EvaluateTcb.cpp:68: Revoked is a status of a quote that verifies',
    explains: (compared) =>
      compared.ours.status === 'Revoked' && theyRefuse(/^TCB status is invalid: Revoked$/)(compared)
  },
  {
    id: 'TD attributes',
    reason:
      'it demands SEPT_VE_DISABLE, no migration, no bits that it does not know; we show them, and policies demand',
    decides: 'QVL Verifiers/QuoteVerifier.cpp:55-330 reads no TD attributes',
    explains: theyRefuse(
      /^(SEPT_VE_DISABLE is not enabled|TD migration is enabled|SERVTD_EXT is enabled|Reserved bits in TD attributes are set)$/
    )
  },
  {
    id: 'SGX in versions 4 and 5',
    reason: 'it reads SGX in version 3 only',
    decides: 'QVL QuoteVerification/Quote.cpp:132 and 281 admit SGX in each version',
    explains: theyRefuse(/^SGX TEE quote must have version 3$/)
  },
  {
    id: 'length of the authentication data',
    reason: "it demands the 32 bytes of Intel's quoting enclaves; we hash what is there",
    decides: 'QVL QuoteVerification/QuoteStructures.cpp:264-296 admits any length',
    explains: theyRefuse(/^Invalid QE auth data length$/)
  },
  {
    id: 'leaf behind its issuers',
    reason: 'it takes the first certificate for the leaf; we look for the one with the SGX extension',
    decides: 'QVL CertVerification/CertificateChain.cpp:107 looks for the name of the PCK certificate',
    explains: theyRefuse(/CaUsedAsEndEntity$/)
  },
  {
    id: 'two leaves',
    reason: 'it takes the first; we refuse to choose',
    decides:
      'QVL CertVerification/CertificateChain.cpp:107 takes the last: with two that differ the three would disagree',
    explains: weRefuse(['ERR_CERTIFICATE_CHAIN'], /expected one PCK certificate, found 2/)
  },
  {
    id: 'PEM between the lines',
    reason: 'it skips what is no PEM between certificates and at the ends of lines; we take PEM and nothing else',
    decides: 'RFC 7468 §3, the strict grammar; Intel writes no other',
    explains: weRefuse(['ERR_ENCODING_PEM'])
  },
  {
    id: 'malformed root in the quote',
    reason: 'it does not read the root that the quote carries; we refuse a chain of which a part is malformed',
    decides: 'QVL CertVerification/CertificateChain.cpp:59: any certificate of a wrong format makes the chain invalid',
    explains: weRefuse(['ERR_ENCODING_DER', 'ERR_CERTIFICATE_FORMAT'])
  },
  {
    id: 'damaged root in the quote',
    reason: 'it does not read the root that the quote carries; with its key intact we take it, and then at its word',
    decides: 'QVL Verifiers/PckCertVerifier.cpp:98-103 verifies the root of the chain, 160 its end',
    explains: weRefuse(['ERR_CERTIFICATE_USAGE', 'ERR_CERTIFICATE_EXPIRED'], /Intel SGX Root CA/)
  },
  {
    id: 'bytes behind the quote',
    reason: 'it ignores them; we admit zeros only, the padding of guest interfaces',
    decides: 'QVL QuoteVerification/Quote.cpp:158 admits any; nothing signs them',
    explains: weRefuse(['ERR_EVIDENCE_FORMAT'], /padding at \w+ must be zero/)
  },
  {
    id: 'bytes inside the signature data',
    reason: 'it ignores what follows the last part; we demand that lengths add up',
    decides: 'QVL QuoteVerification/QuoteStructures.cpp:377: additional, not expected data',
    explains: weRefuse(['ERR_EVIDENCE_FORMAT'], /expected the end at/)
  },
  {
    id: 'type of the outer certification data',
    reason: 'it reads any type as 6',
    decides: 'QVL QuoteVerification/Quote.cpp:259',
    explains: weRefuse(['ERR_EVIDENCE_FORMAT'], /certification data of type \d+, expected 6/)
  },
  {
    id: 'lists of the future',
    reason: 'it uses them; we refuse a list before its thisUpdate',
    decides: 'QVL PckParser/PckParser.cpp:128: valid from thisUpdate on',
    explains: (compared) => weRefuse(['ERR_CRL_EXPIRED'])(compared) && isBeforeLists(compared)
  },
  {
    id: 'last second of a list',
    reason: 'for it a list ends before its nextUpdate; for us with it',
    decides: 'QVL PckParser/PckParser.cpp:128: valid up to and with nextUpdate',
    explains: (compared) => theyRefuse(/CrlExpired/)(compared) && isLastSecondOfLists(compared)
  }
]
