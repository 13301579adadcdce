// Power loss at any point of a workload: many disks as they may be afterwards, each opened and compared with what was promised.

import { TresorError } from '../../../packages/sdk/src/core/index.js'
import type { Backend } from '../../../packages/sdk/src/seal/backends/backend.js'
import { directoryOn } from '../../../packages/sdk/src/seal/backends/directory/directory.js'
import type { Anchor, Freshness } from '../../../packages/sdk/src/seal/freshness/freshness.js'
import { seeded } from '../../support/seeded.js'
import { create, open, pattern, remember, writeFile } from '../store/fixture.js'
import { type DiskOptions, SimDisk } from './sim-disk.js'
import { checkSurvivor, planOf, runWorkload } from './workload.js'

export interface PowerLossOptions extends DiskOptions {
  readonly seed: number
  readonly steps: number
  readonly states: number
}

export interface PowerLossResult {
  readonly points: number
  readonly states: number
  readonly problems: readonly string[]
}

type Mark =
  | { readonly kind: 'asked' | 'acknowledged'; readonly number: number }
  | { readonly kind: 'anchor'; readonly storeId: Uint8Array; readonly anchor: Anchor }

export async function runPowerLoss(options: PowerLossOptions): Promise<PowerLossResult> {
  const { seed, steps, states } = options
  const disk = new SimDisk(options)
  await runWorkload({
    seed,
    steps,
    openBackend: () => backendOn(disk, 1),
    freshness: () => loggedAnchors(disk),
    tracker: {
      asked: (number) => disk.mark({ kind: 'asked', number }),
      acknowledged: (number) => disk.mark({ kind: 'acknowledged', number })
    }
  })
  const plan = planOf(seed, steps)
  const random = seeded(seed + 2)
  const problems: string[] = []
  const points = new Set<number>()
  for (let i = 0; i < states; i++) {
    const point = Math.floor(random() * (disk.log.length + 1))
    points.add(point)
    const marks = disk.marksBefore(point) as Mark[] // ours
    const survivor = disk.crashAt(point, random)
    const isMade = marks.some(({ kind }) => kind === 'anchor')
    const problem = isMade
      ? await checkSurvivor(backendOn(survivor, 2), plan, rangeOf(marks), anchorsAfter(marks))
      : await checkUnborn(() => backendOn(survivor, 2))
    if (problem !== undefined) problems.push(`seed ${seed}, state ${i}, point ${point}: ${problem}`)
  }
  return { points: points.size, states, problems }
}

/** A store whose making was cut off is made anew, or is there, empty: then its owner takes it knowingly. */
async function checkUnborn(openBackend: () => Backend): Promise<string | undefined> {
  try {
    const freshness = remember('tpm')
    const token = await tokenOf(() => open(openBackend(), { freshness }))
    if (token === undefined) await create(openBackend(), freshness)
    const store = await open(openBackend(), { freshness, ...(token === undefined ? {} : { acceptRollback: token }) })
    await writeFile(store, 'a', pattern(100))
    await store.close()
    return undefined
  } catch (error) {
    return `it can neither be made nor be opened: ${error}`
  }
}

/** Of the error, if it is about an older version; nothing where there is no store. */
async function tokenOf(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work()
  } catch (error) {
    if (TresorError.is(error) && error.code === 'ERR_USAGE_STORE') return undefined
    if (TresorError.is(error) && error.code === 'ERR_SEALED_ROLLBACK') return String(error.details.token)
    throw error
  }
  throw new Error('it opened, although nobody remembers it')
}

/** Each boot is another, so that locks are those of a machine that was started anew. */
function backendOn(disk: SimDisk, boot: number) {
  const self = { host: 'machine', pid: 1, startTime: '1', bootId: String(boot), pidNamespace: '1' }
  return directoryOn('/data', disk, {
    describeSelf: () => self,
    isAlive: ({ bootId }) => (bootId === self.bootId ? 'dead' : 'unknown'),
    sleep: disk.sleep,
    every: () => () => undefined
  })
}

/** Anchors that survive: what is remembered is remembered at that point of the log. */
function loggedAnchors(disk: SimDisk): Freshness {
  const memory = anchorsAfter(disk.marksBefore(disk.log.length) as Mark[]) // ours
  return {
    ...memory,
    advance: async (storeId, expected, anchor) => {
      await memory.advance(storeId, expected, anchor)
      disk.mark({ kind: 'anchor', storeId, anchor })
    }
  }
}

function anchorsAfter(marks: readonly Mark[]): Freshness {
  const memory = remember('tpm')
  for (const mark of marks) {
    if (mark.kind === 'anchor') memory.anchors.set(Buffer.from(mark.storeId).toString('hex'), mark.anchor)
  }
  return memory
}

function rangeOf(marks: readonly Mark[]): { acknowledged: number; asked: number } {
  const last = (kind: 'asked' | 'acknowledged') =>
    marks.reduce((most, mark) => (mark.kind === kind ? Math.max(most, mark.number) : most), 0)
  return { acknowledged: last('acknowledged'), asked: last('asked') }
}
