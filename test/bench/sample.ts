// The evidence that is measured: a real report where vectors are present, else one of the fake vendor with the same algorithms.

import { encodeEvidence } from '../../packages/sdk/src/evidence/cmw/encode-evidence.js'
import { type Evidence, mediaTypes, parseSnpReport } from '../../packages/sdk/src/evidence/index.js'
import { fakeAmd } from '../../packages/sdk/src/testing/index.js'
import { authenticate, type CommonOptions, type Policy, policyFrom } from '../../packages/sdk/src/verify/index.js'
import { type Certificate, parseCertificate } from '../../packages/sdk/src/x509/index.js'
import { parseCertificates } from '../../packages/sdk/src/x509/parse-certificates.js'
import { hasVectors, readVector } from '../support/vectors-files.js'

export interface Sample {
  readonly title: string
  /** The report and nothing else: for a verifier that has the certificates. */
  readonly bare: Evidence
  /** As a peer sends it: a CMW with VCEK and ASK, and the ARK where that is not a pinned one. */
  readonly shipped: Uint8Array
  readonly report: Uint8Array
  readonly leaf: Certificate
  readonly ask: Certificate
  readonly ark: Certificate
  readonly reportData: Uint8Array
  /** Pins everything that the report says about itself. */
  readonly policy: Policy
  readonly now: Date
  readonly roots: Pick<CommonOptions, 'unsafeExtraRoots'>
}

interface Raw extends Pick<Sample, 'title' | 'report' | 'leaf' | 'ask' | 'ark' | 'now' | 'roots'> {
  readonly isPinned: boolean
}

export async function loadSample(): Promise<Sample> {
  const raw = hasVectors ? realSample() : await fakeSample()
  const { report, now, roots } = raw
  const bare: Evidence = { kind: 'snp', bytes: report, endorsements: [] }
  const chain = raw.isPinned ? [raw.leaf, raw.ask] : [raw.leaf, raw.ask, raw.ark]
  const endorsements = chain.map(({ der }) => ({ mediaType: mediaTypes.certificate, bytes: der }))
  const shipped = encodeEvidence({ ...bare, endorsements })
  const policy = policyFrom(await authenticate(shipped, { now, ...roots }))
  return { ...raw, bare, shipped, policy, reportData: parseSnpReport(report).reportData }
}

function realSample(): Raw {
  const [ask, ark] = parseCertificates(readVector('certs/amd-genoa-vcek-chain.pem'))
  if (ask === undefined || ark === undefined) throw new Error('vectors: the chain of Genoa is incomplete')
  return {
    title: 'report of a real Genoa machine',
    report: readVector('snp/genoa/tav-genoa-v3.bin'),
    leaf: parseCertificate(readVector('snp/genoa/tav-genoa-v3.vcek.der')),
    ask,
    ark,
    now: new Date('2026-05-20T01:02:33Z'),
    roots: {},
    isPinned: true
  }
}

async function fakeSample(): Promise<Raw> {
  const now = new Date('2026-01-02T00:00:00Z')
  const amd = await fakeAmd({ guest: { product: 'Genoa' } })
  const ark = parseCertificate(amd.certificates.ark)
  return {
    title: 'report of the fake vendor (no vectors: set TRESOR_VECTORS to their folder)',
    report: amd.report(new Uint8Array(64).fill(1)),
    leaf: parseCertificate(amd.certificates.leaf),
    ask: parseCertificate(amd.certificates.ask),
    ark,
    now,
    roots: { unsafeExtraRoots: [{ product: 'Genoa', spki: ark.spki }] },
    isPinned: false
  }
}
