// Verification of a TDX quote against the cost of its signatures alone.
import { createCollateral, type VerifyOptions, verify } from '../../packages/sdk/src/verify/index.js'
import { loadDcapQvl } from './peer-dcap-qvl.js'
import { measureRounds } from './rounds.js'
import { type Row, ratioRow } from './row.js'
import { rawQuoteSignatures, rawQuoteVerify, rawWholeVerify } from './tdx-raw-cost.js'
import { loadTdxSample, type TdxSample } from './tdx-sample.js'

/** Importing keys, which the raw sum leaves out, is slower on Node 20. */
const coldTarget = Number(process.versions.node.split('.')[0]) < 22 ? 0.43 : 0.6

export async function tdxSpeedRows(note: (line: string) => void): Promise<readonly Row[]> {
  const sample = await loadTdxSample()
  note(`evidence: ${sample.title}`)
  return [...(await warmRows(sample)), await coldRow(sample), ...(await peerRows(sample, note))]
}

/**
 * Every quote is signed anew; the rest of it, and the collateral, stay the same for weeks. The quoting enclave's report is signed once
 * for its key and remembered: over both signatures of a quote the ratio can exceed 1, over the one that is verified it cannot.
 */
async function warmRows(sample: TdxSample): Promise<readonly Row[]> {
  const collateral = createCollateral({ given: sample.endorsements.map(({ bytes }) => bytes) })
  const candidates = [
    { name: 'both', run: rawQuoteSignatures(sample) },
    { name: 'one', run: rawQuoteVerify(sample) },
    { name: 'verify', run: () => verify(sample.bare, { ...optionsOf(sample), collateral }) }
  ]
  const times = await measureRounds(candidates, { rounds: 200, block: 20 })
  const [both = [], one = [], subject = []] = [...times.values()]
  const known = 'tdx verify, chain and collateral known'
  return [
    ratioRow({ name: `${known}, over its two signatures`, target: 0.9, better: 'higher' }, both, subject),
    ratioRow({ name: `${known}, over the one verified`, target: 0.45, better: 'higher' }, one, subject)
  ]
}

async function coldRow(sample: TdxSample): Promise<Row> {
  const candidates = [{ name: 'raw', run: rawWholeVerify(sample) }, coldVerification(sample)]
  const times = await measureRounds(candidates, { rounds: 300, block: 6 })
  const [baseline = [], subject = []] = [...times.values()]
  const goal = { name: 'tdx verify, cold, full policy', target: coldTarget, better: 'higher' } as const
  return ratioRow(goal, baseline, subject)
}

async function peerRows(sample: TdxSample, note: (line: string) => void): Promise<readonly Row[]> {
  const name = 'tdx verify, cold, over @phala/dcap-qvl'
  const peer = await loadDcapQvl(sample)
  if (typeof peer === 'string') {
    note(`skipped: ${name}: ${peer}`)
    return []
  }
  const candidates = [{ name: 'peer', run: peer }, coldVerification(sample)]
  const times = await measureRounds(candidates, { rounds: 100, block: 4 })
  const [theirs = [], ours = []] = [...times.values()]
  return [ratioRow({ name, target: 5, better: 'higher' }, theirs, ours)]
}

/** Everything but the pinned root comes with the evidence, and nothing of it is known. */
function coldVerification(sample: TdxSample): { readonly name: string; run(): Promise<unknown> } {
  return {
    name: 'verify',
    run: () => verify(sample.shipped, { ...optionsOf(sample), collateral: createCollateral() })
  }
}

function optionsOf({ policy, reportData, now, roots }: TdxSample): VerifyOptions {
  return { policy, reportData, now, ...roots }
}
