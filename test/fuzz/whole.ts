// Verification as a whole: evidence with its endorsements, in and out of its envelope. Nothing genuine may come out with claims that
// no device has made.
import { toHex } from '../../packages/sdk/src/core/index.js'
import { decodeEvidence } from '../../packages/sdk/src/evidence/cmw/decode-evidence.js'
import { encodeEvidence } from '../../packages/sdk/src/evidence/cmw/encode-evidence.js'
import { type Evidence, parseSnpReport } from '../../packages/sdk/src/evidence/index.js'
import {
  type Appraisal,
  authenticate,
  type CommonOptions,
  createCollateral,
  policyFrom,
  verify
} from '../../packages/sdk/src/verify/index.js'
import { parseCertificate } from '../../packages/sdk/src/x509/index.js'
import type { Corpus } from './corpus.js'
import { below, mutate, pick, type Random } from './mutate.js'
import { realQuotes, realReports, type Sample } from './real-evidence.js'
import { require, type Target } from './target.js'

const limitMs = 500
/** Within the validity of what the fake vendors publish, and of most real certificates. */
const now = new Date('2026-01-02T00:00:00Z')

/** The input of all of them is a CMW: the byte mutations hit the envelope, the structured ones what is inside. */
export async function wholeTargets(corpus: Corpus): Promise<readonly Target[]> {
  const snp = await genuine([...fakeSamples(corpus), ...realReports(now)], optionsOf(corpus))
  const fakeQuotes = await genuine(quoteSamples(corpus), optionsOf(corpus))
  return [
    authenticateTarget('authenticate', snp, optionsOf(corpus), mutate),
    authenticateTarget('authenticate-parts', snp, optionsOf(corpus), mutateParts),
    await verifyTarget('verify-parts', snp, optionsOf(corpus)),
    authenticateTarget('authenticate-quote-parts', fakeQuotes, optionsOf(corpus), mutateParts),
    ...(await Promise.all(realQuotes().map(quoteTarget)))
  ]
}

type Options = CommonOptions & { readonly now: Date }
type Known = readonly { readonly evidence: Uint8Array; readonly claims: string; readonly appraisal: Appraisal }[]

function fakeSamples(corpus: Corpus): readonly Evidence[] {
  return corpus.platforms.map((amd) => amd.evidence(new Uint8Array(64).fill(0x33)))
}

function quoteSamples({ intel }: Corpus): readonly Evidence[] {
  const reportData = new Uint8Array(64).fill(0x44)
  return [intel.tdxEvidence(reportData), intel.tdxEvidence(reportData, { version: 5 }), intel.sgxEvidence(reportData)]
}

/** One memory for all inputs: what hostile ones leave in it must not change a verdict either. */
function optionsOf(corpus: Corpus): Options {
  const amd = corpus.platforms.map(({ vendor, certificates }) => ({
    product: vendor.product,
    spki: parseCertificate(certificates.ark).spki
  }))
  const unsafeExtraRoots = [...amd, corpus.intel.root]
  return { now, unsafeExtraRoots, collateral: createCollateral({ offline: true, maxMemoryItems: 256 }) }
}

async function genuine(samples: readonly Evidence[], options: Options): Promise<Known> {
  const known: Known[number][] = []
  for (const sample of samples) {
    const appraisal = await authenticate(sample, options)
    known.push({ evidence: encodeEvidence(sample), claims: JSON.stringify(appraisal.claims), appraisal })
  }
  return known
}

function authenticateTarget(name: string, known: Known, options: Options, change: typeof mutate): Target {
  const claims = new Set(known.map((each) => each.claims))
  let runs = 0
  return {
    name,
    seeds: known.map(({ evidence }) => evidence),
    limitMs,
    ...(change === mutate ? {} : { mutate: change }),
    run: async (input) => {
      if (runs++ % 100 === 0) await stillGenuine(known[runs % known.length], options)
      const found = await authenticate(input, options)
      require(claims.has(JSON.stringify(found.claims)), 'what is genuine has claims that a device has made')
    }
  }
}

async function stillGenuine(sample: Known[number] | undefined, options: Options): Promise<void> {
  if (sample === undefined) return
  const { claims } = await authenticate(sample.evidence, options)
  require(JSON.stringify(claims) === sample.claims, 'good evidence stays genuine, whatever came before')
}

/** The policy pins the first sample. */
async function verifyTarget(name: string, known: Known, options: Options): Promise<Target> {
  const [first] = known
  if (first === undefined) throw new Error('fuzz: no sample')
  const { reportData } = parseSnpReport(decodeEvidence(first.evidence).bytes)
  const policy = policyFrom(first.appraisal)
  await verify(first.evidence, { ...options, policy, reportData })
  return {
    name,
    seeds: known.map(({ evidence }) => evidence),
    limitMs,
    mutate: mutateParts,
    run: async (input) => {
      const { claims } = await verify(input, { ...options, policy, reportData })
      require(claims.reportData === toHex(reportData), 'what is accepted covers the report data of the caller')
      require(claims.measurement ===
        first.appraisal.claims.measurement, 'what is accepted has the measurement of the policy')
    }
  }
}

async function quoteTarget({ name, evidence, given, at }: Sample): Promise<Target> {
  const options = { now: at, collateral: createCollateral({ offline: true, given, maxMemoryItems: 256 }) }
  const known = await genuine([evidence], options)
  return authenticateTarget(`authenticate-${name}`, known, options, mutateParts)
}

/** Changes one part of the evidence, or how the parts are put together, and wraps it again. */
function mutateParts(seed: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const evidence = decodeEvidence(seed)
  const foreign = decodeEvidence(other)
  return encodeEvidence(pick(partMutations, random)(evidence, foreign, random))
}

type PartMutation = (evidence: Evidence, other: Evidence, random: Random) => Evidence

const partMutations: readonly PartMutation[] = [
  (evidence, other, random) => ({ ...evidence, bytes: mutate(evidence.bytes, other.bytes, random) }),
  (evidence, _, random) => ({ ...evidence, bytes: flipped(evidence.bytes, random) }),
  (evidence, other) => ({ ...evidence, endorsements: other.endorsements }),
  (evidence, other) => ({ ...evidence, endorsements: [...other.endorsements, ...evidence.endorsements].slice(0, 16) }),
  (evidence, _, random) => withEndorsement(evidence, random, (bytes) => mutate(bytes, evidence.bytes, random)),
  (evidence, _, random) => withEndorsement(evidence, random, (bytes) => flipped(bytes, random)),
  (evidence, other, random) =>
    withEndorsement(evidence, random, () => pick([...other.endorsements, ...evidence.endorsements], random).bytes),
  (evidence, _, random) => ({ ...evidence, endorsements: evidence.endorsements.filter(() => random() < 0.7) }),
  (evidence, _, random) => ({ ...evidence, endorsements: [...evidence.endorsements].sort(() => random() - 0.5) })
]

function flipped(bytes: Uint8Array, random: Random): Uint8Array {
  const out = bytes.slice()
  const at = below(out.length, random)
  out[at] = (out[at] ?? 0) ^ (1 << below(8, random))
  return out
}

function withEndorsement(evidence: Evidence, random: Random, change: (bytes: Uint8Array) => Uint8Array): Evidence {
  const at = below(evidence.endorsements.length, random)
  const endorsements = evidence.endorsements.map((each, i) =>
    i === at ? { ...each, bytes: change(each.bytes) } : each
  )
  return { ...evidence, endorsements }
}
