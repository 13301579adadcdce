// The quote that is measured: a real one where vectors are present, else one of the fake vendor with the same algorithms. Its endorsements
// are those that a guest ships: TCB info and QE identity with their signer's chain, and the two revocation lists.
import { concatBytes, utf8 } from '../../packages/sdk/src/core/index.js'
import { encodePem } from '../../packages/sdk/src/encoding/pem.js'
import { encodeEvidence } from '../../packages/sdk/src/evidence/cmw/encode-evidence.js'
import { type Endorsement, type Evidence, mediaTypes } from '../../packages/sdk/src/evidence/index.js'
import { parseQuote } from '../../packages/sdk/src/evidence/quote/index.js'
import { fakeIntel } from '../../packages/sdk/src/testing/index.js'
import { authenticate, type CommonOptions, type Policy, policyFrom } from '../../packages/sdk/src/verify/index.js'
import { parseCertificate } from '../../packages/sdk/src/x509/index.js'
import { hasVectors, readVector } from '../support/vectors-files.js'

export interface TdxSample {
  readonly title: string
  readonly quote: Uint8Array
  /** In this order: TCB info, QE identity, list of the PCK CA, list of the root. */
  readonly endorsements: readonly Endorsement[]
  /** As a peer sends it: a CMW with the endorsements. */
  readonly shipped: Uint8Array
  /** The quote and nothing else: for a verifier that has the collateral. */
  readonly bare: Evidence
  readonly reportData: Uint8Array
  /** Pins everything that the quote says. */
  readonly policy: Policy
  readonly now: Date
  readonly roots: Pick<CommonOptions, 'unsafeExtraRoots'>
}

type Raw = Pick<TdxSample, 'title' | 'quote' | 'endorsements' | 'now' | 'roots'>

export async function loadTdxSample(): Promise<TdxSample> {
  const raw = hasVectors ? realSample() : await fakeSample()
  const { quote, endorsements, now, roots } = raw
  const bare: Evidence = { kind: 'tdx', bytes: quote, endorsements: [] }
  const shipped = encodeEvidence({ ...bare, endorsements })
  const policy = policyFrom(await authenticate(shipped, { now, ...roots }))
  const { body } = parseQuote(quote)
  return { ...raw, shipped, bare, policy, reportData: body.report.reportData }
}

function realSample(): Raw {
  const signed = (name: string): Endorsement => ({
    mediaType: mediaTypes.intelCollateral,
    bytes: concatBytes(issuerChain(), readVector(`collateral/${name}`))
  })
  const list = (name: string): Endorsement => ({
    mediaType: mediaTypes.certificateList,
    bytes: readVector(`collateral/${name}`)
  })
  return {
    title: 'quote of a real TD at Google, with the collateral of its day',
    quote: readVector('tdx/gcp-cos113-v4.bin'),
    endorsements: [
      signed('tcbinfo-tdx-00806f050000-2024-12-05-e17-e9ea.json'),
      signed('qeidentity-td_qe-2024-12-05-e17-59fa.json'),
      list('crl-pck-platform-2024-11-28.der'),
      list('crl-root-ca-2024-03-20.der')
    ],
    now: new Date('2024-12-17T00:50:00Z'),
    roots: {}
  }
}

/** The collateral of vectors is the body alone: the signer's certificates come with it in a header. */
function issuerChain(): Uint8Array {
  const files = ['certs/intel-tcb-signing-2018-to-2033.der', 'certs/intel-sgx-root-ca.der']
  return utf8(files.map((file) => encodePem('CERTIFICATE', parseCertificate(readVector(file)).der)).join(''))
}

async function fakeSample(): Promise<Raw> {
  const intel = await fakeIntel()
  return {
    title: 'quote of the fake vendor (no vectors: set TRESOR_VECTORS to their folder)',
    quote: intel.tdxQuote(new Uint8Array(64).fill(1)),
    endorsements: intel.endorsements('tdx').slice(0, 4),
    now: new Date('2026-01-02T00:00:00Z'),
    roots: { unsafeExtraRoots: [intel.root] }
  }
}
