// Verification of an SNP report against the cost of its signatures alone.
import { createHash } from 'node:crypto'
import { type Collateral, createCollateral, type VerifyOptions, verify } from '../../packages/sdk/src/verify/index.js'
import { loadPeer } from './peer-tinfoil.js'
import { rawChainVerify, rawReportVerify } from './raw-cost.js'
import { measureRounds } from './rounds.js'
import { controlRow, type Row, ratioRow } from './row.js'
import { loadSample, type Sample } from './sample.js'

/** X.509 parsing in node:crypto, which the targets were set with, is slower on Node 20. */
const coldTarget = Number(process.versions.node.split('.')[0]) < 22 ? 0.68 : 0.83

export async function verifySpeedRows(note: (line: string) => void): Promise<readonly Row[]> {
  const sample = await loadSample()
  note(`evidence: ${sample.title}`)
  return [...(await warmRows(sample)), await coldRow(sample), ...(await peerRows(sample, note))]
}

async function warmRows(sample: Sample): Promise<readonly Row[]> {
  const collateral = createCollateral()
  const raw = rawReportVerify(sample)
  const candidates = [
    { name: 'raw', run: raw },
    { name: 'again', run: rawReportVerify(sample) },
    { name: 'verify', run: () => verify(sample.evidence, { ...optionsOf(sample), collateral }) }
  ]
  const times = await measureRounds(candidates, { rounds: 150, block: 8 })
  const [baseline = [], again = [], subject = []] = [...times.values()]
  const goal = { name: 'snp verify, VCEK known, full policy', target: 0.95, better: 'higher' } as const
  return [controlRow(baseline, again), ratioRow(goal, baseline, subject)]
}

async function coldRow(sample: Sample): Promise<Row> {
  const fresh = await collateralThatKnowsTheRoot(sample)
  const candidates = [
    { name: 'raw', run: rawChainVerify(sample) },
    { name: 'verify', run: () => verify(sample.evidence, { ...optionsOf(sample), collateral: fresh() }) }
  ]
  const times = await measureRounds(candidates, { rounds: 150, block: 6 })
  const [baseline = [], subject = []] = [...times.values()]
  const goal = { name: 'snp verify, ARK pinned, certificates new', target: coldTarget, better: 'higher' } as const
  return ratioRow(goal, baseline, subject)
}

/** As in a service that has met this product before, but none of these certificates: the key of the root stays imported. */
async function collateralThatKnowsTheRoot({ ark }: Sample): Promise<() => Collateral> {
  const rootId = createHash('sha256').update(ark.spki).digest('hex')
  const known = createCollateral()
  return () => {
    const fresh = createCollateral()
    const memo: Collateral['memo'] = (scope, key, make) => (key === rootId ? known : fresh).memo(scope, key, make)
    return { ...fresh, memo }
  }
}

async function peerRows(sample: Sample, note: (line: string) => void): Promise<readonly Row[]> {
  const name = 'snp verify, certificates new, over @tinfoilsh/verifier'
  const peer = await loadPeer(sample)
  if (typeof peer === 'string') {
    note(`skipped: ${name}: ${peer}`)
    return []
  }
  const candidates = [
    { name: 'peer', run: peer },
    { name: 'verify', run: () => verify(sample.evidence, { ...optionsOf(sample), collateral: createCollateral() }) }
  ]
  const times = await measureRounds(candidates, { rounds: 40, block: 3 })
  const [theirs = [], ours = []] = [...times.values()]
  return [ratioRow({ name, target: 1, better: 'higher' }, theirs, ours)]
}

function optionsOf({ policy, reportData, now, roots }: Sample): VerifyOptions {
  return { policy, reportData, now, ...roots }
}
