// What the signatures of a quote alone cost in node:crypto, with keys imported beforehand.
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { concatBytes, fromHex } from '../../packages/sdk/src/core/index.js'
import { parseQuote } from '../../packages/sdk/src/evidence/quote/index.js'
import { certificatesOf, linkPckChain } from '../../packages/sdk/src/verify/intel/pck-chain.js'
import { parseSignedCollateral } from '../../packages/sdk/src/verify/intel/signed-collateral.js'
import type { Certificate } from '../../packages/sdk/src/x509/index.js'
import { parseCrl } from '../../packages/sdk/src/x509/parse-crl.js'
import type { TdxSample } from './tdx-sample.js'

type Verification = () => boolean

/** The quote by the attestation key: what is new in every quote of a known platform. */
export function rawQuoteVerify({ quote }: TdxSample): () => void {
  return all([quoteVerification(quote)])
}

/** Both signatures that stand in a quote: its own, and that of the quoting enclave's report. */
export function rawQuoteSignatures({ quote }: TdxSample): () => void {
  const { qe } = parseQuote(quote)
  return all([p1363(keyOf(linkChain(quote).leaf), qe.reportBytes, qe.signature), quoteVerification(quote)])
}

/** All nine: PCK certificate and CA, QE report, quote, two lists, the signer of collateral, TCB info and QE identity. */
export function rawWholeVerify({ quote, endorsements }: TdxSample): () => void {
  const [tcbInfo, identity, pckList, rootList] = endorsements.map(({ bytes }) => bytes)
  if (!tcbInfo || !identity || !pckList || !rootList) throw new Error('raw cost: expected four endorsements')
  const { qe } = parseQuote(quote)
  const chain = linkChain(quote)
  const signer = parseSignedCollateral(tcbInfo).issuerChain[0]
  if (signer === undefined) throw new Error('raw cost: the TCB info has no issuer chain')
  return all([
    der(chain.leaf, chain.ca),
    der(chain.ca, chain.root),
    p1363(keyOf(chain.leaf), qe.reportBytes, qe.signature),
    quoteVerification(quote),
    der(parseCrl(pckList), chain.ca),
    der(parseCrl(rootList), chain.root),
    der(signer, chain.root),
    ...[tcbInfo, identity].map((bytes) => {
      const { signedBytes, signature } = parseSignedCollateral(bytes)
      return p1363(keyOf(signer), signedBytes, signature)
    })
  ])
}

function linkChain(bytes: Uint8Array): ReturnType<typeof linkPckChain> {
  const certificates = certificatesOf(parseQuote(bytes))
  const [leaf] = certificates
  if (leaf === undefined) throw new Error('raw cost: the quote has no certificates')
  return linkPckChain(leaf, certificates)
}

const p256Prefix = fromHex('3059301306072a8648ce3d020106082a8648ce3d03010703420004')

function quoteVerification(bytes: Uint8Array): Verification {
  const { attestationKey, signedBytes, signature } = parseQuote(bytes)
  return p1363(importKey(concatBytes(p256Prefix, attestationKey)), signedBytes, signature)
}

function der(signed: { readonly tbs: Uint8Array; readonly signature: Uint8Array }, issuer: Certificate): Verification {
  const key = keyOf(issuer)
  return () => verify('sha256', signed.tbs, key, signed.signature)
}

function p1363(key: KeyObject, data: Uint8Array, signature: Uint8Array): Verification {
  return () => verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature)
}

function all(verifications: readonly Verification[]): () => void {
  return () => {
    for (const verification of verifications) {
      if (!verification()) throw new Error('raw cost: a signature does not verify')
    }
  }
}

function keyOf({ spki }: Certificate): KeyObject {
  return importKey(spki)
}

function importKey(spki: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
}
