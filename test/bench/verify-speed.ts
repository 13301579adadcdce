// Verification of an SNP report against the cost of its signatures alone.
import { createHash } from 'node:crypto'
import { type Collateral, createCollateral, type VerifyOptions, verify } from '../../packages/sdk/src/verify/index.js'
import type { Note } from './jobs.js'
import { loadPeer } from './peer-tinfoil.js'
import { rawChainVerify, rawReportVerify } from './raw-cost.js'
import { measureRounds } from './rounds.js'
import { controlRow, type Row, ratioRow } from './row.js'
import { loadSample, type Sample } from './sample.js'

/** X.509 parsing in node:crypto, which the targets were set with, is slower on Node 20. */
const newTarget = Number(process.versions.node.split('.')[0]) < 22 ? 0.68 : 0.83

/** Every report is signed anew; certificates stay the same for months, and the verifier has them. */
export async function knownRows(note: Note): Promise<readonly Row[]> {
  const sample = await loadSample()
  note(`evidence: ${sample.title}`)
  const given = [sample.leaf, sample.ask, sample.ark].map(({ der }) => der)
  const collateral = createCollateral({ given })
  const times = await measureRounds(
    [
      { name: 'raw', run: rawReportVerify(sample) },
      { name: 'again', run: rawReportVerify(sample) },
      { name: 'verify', run: () => verify(sample.bare, { ...optionsOf(sample), collateral }) }
    ],
    { rounds: 200, block: 8 }
  )
  const [baseline = [], again = [], subject = []] = [...times.values()]
  const goal = { name: 'snp verify, VCEK known, full policy', target: 0.95, better: 'higher' } as const
  return [controlRow(baseline, again), ratioRow(goal, baseline, subject)]
}

/** The same where every peer ships its certificates: they are recognised. */
export async function shippedRows(): Promise<readonly Row[]> {
  const sample = await loadSample()
  const collateral = createCollateral()
  const times = await measureRounds(
    [
      { name: 'raw', run: rawReportVerify(sample) },
      { name: 'verify', run: () => verify(sample.shipped, { ...optionsOf(sample), collateral }) }
    ],
    { rounds: 200, block: 8 }
  )
  const [baseline = [], subject = []] = [...times.values()]
  return [
    ratioRow({ name: 'snp verify, the same shipped in a CMW', target: 0.85, better: 'higher' }, baseline, subject)
  ]
}

export async function newRows(): Promise<readonly Row[]> {
  const sample = await loadSample()
  const forgetful = forgetfulCollateral(sample)
  const times = await measureRounds(
    [
      { name: 'raw', run: rawChainVerify(sample) },
      { name: 'verify', run: () => verify(sample.shipped, { ...optionsOf(sample), collateral: forgetful() }) }
    ],
    { rounds: 200, block: 6 }
  )
  const [baseline = [], subject = []] = [...times.values()]
  return [
    ratioRow(
      { name: 'snp verify, ARK pinned, certificates new', target: newTarget, better: 'higher' },
      baseline,
      subject
    )
  ]
}

/** As in a service that has met this product before, but none of these certificates: it remembers the root, and each time no more. */
function forgetfulCollateral({ ark }: Sample): () => Collateral {
  const rootId = createHash('sha256').update(ark.spki).digest('hex')
  const lasting = createCollateral()
  return () => {
    const made = new Map<string, unknown>()
    const memo: Collateral['memo'] = (scope, key, make) => {
      if (key === rootId || scope === 'amd-root') return lasting.memo(scope, key, make)
      const id = `${scope} ${key}`
      if (!made.has(id)) made.set(id, make())
      return made.get(id) as ReturnType<typeof make> // one scope and key, one kind of value
    }
    return { given: [], get: lasting.get, memo }
  }
}

export async function peerRows(note: Note): Promise<readonly Row[]> {
  const name = 'snp verify, certificates new, over @tinfoilsh/verifier'
  const sample = await loadSample()
  const peer = await loadPeer(sample)
  if (typeof peer === 'string') {
    note(`skipped: ${name}: ${peer}`)
    return []
  }
  const times = await measureRounds(
    [
      { name: 'peer', run: peer },
      { name: 'verify', run: () => verify(sample.shipped, { ...optionsOf(sample), collateral: createCollateral() }) }
    ],
    { rounds: 40, block: 3 }
  )
  const [theirs = [], ours = []] = [...times.values()]
  return [ratioRow({ name, target: 1, better: 'higher' }, theirs, ours)]
}

function optionsOf({ policy, reportData, now, roots }: Sample): VerifyOptions {
  return { policy, reportData, now, ...roots }
}
