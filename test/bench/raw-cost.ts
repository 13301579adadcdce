// What the signatures alone cost in node:crypto, with keys imported beforehand. No verifier on it can be faster than this.
import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { parseSnpReport, snpSignatureOffset } from '../../packages/sdk/src/evidence/index.js'
import type { Certificate } from '../../packages/sdk/src/x509/index.js'
import type { Sample } from './sample.js'

/** One ECDSA verification on P-384: that of the report. */
export function rawReportVerify({ report, leaf }: Sample): () => void {
  const key = { key: keyOf(leaf), dsaEncoding: 'ieee-p1363' as const }
  const signed = report.slice(0, snpSignatureOffset)
  const { signature } = parseSnpReport(report)
  return () => {
    if (!verify('sha384', signed, key, signature)) throw new Error('raw cost: the report does not verify')
  }
}

/** Two RSA-PSS verifications with 4096 bits, those of ASK and VCEK, and the one above. */
export function rawChainVerify(sample: Sample): () => void {
  const verifyReport = rawReportVerify(sample)
  const links = [rawLink(sample.ask, sample.ark), rawLink(sample.leaf, sample.ask)]
  return () => {
    for (const verifyLink of links) verifyLink()
    verifyReport()
  }
}

function rawLink(certificate: Certificate, issuer: Certificate): () => void {
  const key = { key: keyOf(issuer), padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 }
  return () => {
    if (!verify('sha384', certificate.tbs, key, certificate.signature))
      throw new Error('raw cost: a certificate does not verify')
  }
}

function keyOf({ spki }: Certificate): KeyObject {
  return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
}
