// What a store does all day, in an order that a seed decides, with a model of what must be there after each step.
import type { Backend } from '../../../packages/sdk/src/seal/backends/backend.js'
import type { Freshness } from '../../../packages/sdk/src/seal/freshness/freshness.js'
import { collectGarbage } from '../../../packages/sdk/src/seal/store/collect.js'
import { rekeyStore, replaceKeyring } from '../../../packages/sdk/src/seal/store/rekey.js'
import type { Store } from '../../../packages/sdk/src/seal/store/store.js'
import { verifyStore } from '../../../packages/sdk/src/seal/store/verify-store.js'
import type { WritableStore } from '../../../packages/sdk/src/seal/store/writable-store.js'
import { seeded } from '../../support/seeded.js'
import { content, create, fileEntry, namesOf, open, pattern, readFile } from '../store/fixture.js'

/** Version of each file. What a file holds follows from its name and version. */
export type Model = ReadonlyMap<string, number>

export interface Tracker {
  /** The store has been made. */
  created?(): void
  /** Transaction `number` has been asked for. */
  asked(number: number): void
  /** It was said to be durable. */
  acknowledged(number: number): void
}

export interface WorkloadOptions {
  readonly seed: number
  readonly steps: number
  readonly openBackend: () => Backend
  readonly freshness?: () => Freshness
  readonly tracker: Tracker
}

interface Change {
  readonly name: string
  /** `undefined`: it is removed. */
  readonly version: number | undefined
}

const names = Array.from({ length: 12 }, (_, i) => `file ${i}`)

/** The changes of each transaction, all of which happen or none. The first is numbered 1. */
export function planOf(seed: number, steps: number): readonly (readonly Change[])[] {
  const random = seeded(seed)
  return Array.from({ length: steps }, (_, step) => {
    const count = 1 + Math.floor(random() * 3)
    const some = Array.from({ length: count }, () => names[Math.floor(random() * names.length)] ?? '')
    return [...new Set(some)].map((name) => ({ name, version: random() < 0.15 ? undefined : step + 1 }))
  })
}

/** What must be there after so many transactions. */
export function modelAfter(plan: readonly (readonly Change[])[], count: number): Model {
  const model = new Map<string, number>()
  for (const { name, version } of plan.slice(0, count).flat()) {
    if (version === undefined) model.delete(name)
    else model.set(name, version)
  }
  return model
}

export function contentOf(name: string, version: number): Uint8Array {
  const kind = version % 16
  const length = kind === 0 ? 1_100_000 : kind < 4 ? 30_000 + version : 100 + 7 * version
  return pattern(length, version * 31 + name.length * 7 + name.charCodeAt(name.length - 1))
}

/** Runs all of it; a crash ends it anywhere. */
export async function runWorkload(options: WorkloadOptions): Promise<void> {
  const { seed, steps, openBackend, tracker, freshness } = options
  const plan = planOf(seed, steps)
  const openAgain = () => open(openBackend(), freshness === undefined ? {} : { freshness: freshness() })
  await create(openBackend(), freshness?.())
  tracker.created?.()
  let store = await openAgain()
  const random = seeded(seed + 1)
  let number = 0
  while (number < plan.length) {
    const together = Math.min(plan.length - number, random() < 0.3 ? 4 : 1)
    const group = plan.slice(number, number + together).map((changes) => apply(store, changes, ++number, tracker))
    await Promise.all(group)
    store = await lookAfter(store, random, openAgain)
  }
  await store.close()
}

/** Now and then what an owner does. */
async function lookAfter(
  store: WritableStore,
  random: () => number,
  openAgain: () => Promise<WritableStore>
): Promise<WritableStore> {
  const choice = random()
  if (choice < 0.06) {
    await store.close()
    return openAgain()
  }
  if (choice < 0.1) await collectGarbage(store, { graceMs: 0, now: () => new Date(0) })
  if (choice > 0.97) {
    await replaceKeyring(store, await store.objects.keys.keyring.rotate())
    await rekeyStore(store)
  }
  if (choice > 0.94 && choice < 0.97) await store.change(() => undefined, { mustRewrite: () => true })
  return store
}

async function apply(store: Store, changes: readonly Change[], number: number, tracker: Tracker): Promise<void> {
  const written = changes.map(async ({ name, version }) => {
    if (version === undefined) return undefined
    const bytes = contentOf(name, version)
    return { length: bytes.length, object: await content(store, bytes) }
  })
  // the turn is taken before the contents are there, so that transactions come in the order of their numbers
  await store.transaction(async (transaction) => {
    for (const [i, { name }] of changes.entries()) {
      const file = await written[i]
      if (file === undefined) transaction.remove(1n, name)
      else {
        const extents = [{ at: 0, length: file.length, from: 0, object: file.object }]
        transaction.put(1n, name, fileEntry(transaction.createInode(), file.length, extents))
      }
    }
    tracker.asked(number)
  })
  tracker.acknowledged(number)
}

/**
 * Opens what a crash has left: it must be what it was after some transaction from the last acknowledged to the last asked for, whole, and
 * fit to be written. Answers what is wrong, or nothing.
 */
export async function checkSurvivor(
  backend: Backend,
  plan: ReturnType<typeof planOf>,
  range: { readonly acknowledged: number; readonly asked: number },
  freshness?: Freshness
): Promise<string | undefined> {
  try {
    const store = await open(backend, freshness === undefined ? {} : { freshness })
    const problem = await compare(store, plan, range)
    if (problem === undefined) {
      await apply(store, [{ name: 'after the crash', version: 1 }], 0, {
        asked: () => undefined,
        acknowledged: () => undefined
      })
      const found = await readFile(await store.view(), 'after the crash')
      if (found === undefined || Buffer.compare(found, contentOf('after the crash', 1)) !== 0)
        return 'it cannot be written'
    }
    await store.close()
    return problem
  } catch (error) {
    return `it does not open: ${error}`
  }
}

async function compare(
  store: WritableStore,
  plan: ReturnType<typeof planOf>,
  { acknowledged, asked }: { readonly acknowledged: number; readonly asked: number }
): Promise<string | undefined> {
  const { problems } = await verifyStore(store)
  if (problems.length > 0) return `damaged: ${problems[0]?.path} ${problems[0]?.message}`
  const view = await store.view()
  const found = await namesOf(view)
  const contents = new Map<string, Uint8Array | undefined>()
  for (const name of found) contents.set(name, await readFile(view, name))
  for (let count = acknowledged; count <= asked; count++)
    if (isModel(modelAfter(plan, count), contents)) return undefined
  return `it is none of the states after transactions ${acknowledged} to ${asked}: ${found.join(', ')}`
}

function isModel(model: Model, contents: ReadonlyMap<string, Uint8Array | undefined>): boolean {
  if (model.size !== contents.size) return false
  return [...model].every(([name, version]) => {
    const bytes = contents.get(name)
    return bytes !== undefined && Buffer.compare(bytes, contentOf(name, version)) === 0
  })
}
