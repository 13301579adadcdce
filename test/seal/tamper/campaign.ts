// Opens changed stores as a reader does and reads all that is there. What comes out must be the truth or an error with a code, and of what each change
// touches nothing may come out at all.
import type { Freshness } from '../../../packages/sdk/src/seal/freshness/freshness.js'
import { openStoreReadOnly } from '../../../packages/sdk/src/seal/store/open-store.js'
import type { Entry, View } from '../../../packages/sdk/src/seal/store/store.js'
import { seeded } from '../../support/seeded.js'
import { suite } from '../store/fixture.js'
import { mutations } from './mutations.js'
import { codeIn, type Snapshot, serve } from './snapshot.js'
import type { Subject } from './subject.js'

export interface CampaignResult {
  readonly cases: number
  /** How often each code was the first. */
  readonly codes: Readonly<Record<string, number>>
  readonly problems: readonly string[]
}

export async function runTampering(
  subject: Subject,
  { cases, seed, freshness }: { readonly cases: number; readonly seed: number; readonly freshness?: () => Freshness }
): Promise<CampaignResult> {
  const random = seeded(seed)
  const names = Object.keys(mutations)
  const codes: Record<string, number> = {}
  const problems: string[] = []
  for (let i = 0; i < cases; i++) {
    const name = names[i % names.length] ?? ''
    const snapshot = mutations[name]?.(subject, random) ?? subject.newest
    const outcome = await readAll(subject, snapshot, freshness?.() ?? subject.freshness)
    if (outcome.wrong !== undefined) problems.push(`case ${i}, ${name}: ${outcome.wrong}`)
    else if (outcome.code === undefined) problems.push(`case ${i}, ${name}: nobody noticed`)
    codes[outcome.code ?? 'none'] = (codes[outcome.code ?? 'none'] ?? 0) + 1
  }
  return { cases, codes, problems }
}

interface Outcome {
  /** Of the first error. */
  code: string | undefined
  /** What should not have come out. */
  wrong: string | undefined
}

export async function readAll(subject: Subject, snapshot: Snapshot, freshness: Freshness): Promise<Outcome> {
  const outcome: Outcome = { code: undefined, wrong: undefined }
  const attempt = async (work: () => Promise<void>) => {
    try {
      await work()
    } catch (error) {
      outcome.code ??= codeIn(error)
    }
  }
  await attempt(async () => {
    const backend = serve(snapshot)
    const { storeId, unlock: unlockKeyring } = subject
    const store = await openStoreReadOnly({ backend, suite, freshness, storeId, unlockKeyring })
    try {
      const view = await store.view()
      const entries = new Map<string, Entry>()
      await attempt(() => listAll(view, entries))
      if (outcome.code === undefined) outcome.wrong ??= compareEntries(subject, entries)
      for (const [name, truth] of subject.truth) await attempt(() => compareContent(view, name, truth, outcome))
    } finally {
      await store.close()
    }
  })
  return outcome
}

async function listAll(view: View, entries: Map<string, Entry>): Promise<void> {
  for await (const [name, entry] of view.list(1n)) entries.set(name, entry)
}

function compareEntries({ truth, directories }: Subject, entries: ReadonlyMap<string, Entry>): string | undefined {
  if (entries.size !== truth.size + directories) return `${entries.size} entries`
  for (const [name, bytes] of truth) {
    const entry = entries.get(name)
    if (entry?.kind !== 'file' || entry.size !== bytes.length) return `entry ${name}`
  }
  return undefined
}

/** After an error, what is in the buffer must be nothing, or true. */
async function compareContent(view: View, name: string, truth: Uint8Array, outcome: Outcome): Promise<void> {
  const entry = await view.get(1n, name)
  if (entry?.kind !== 'file') {
    outcome.wrong ??= `${name} is gone`
    return
  }
  const bytes = new Uint8Array(entry.size)
  try {
    for (const { at, length, from, object } of entry.extents) {
      await view.readObject(object, from, bytes.subarray(at, at + length))
    }
    if (Buffer.compare(bytes, truth) !== 0) outcome.wrong ??= `wrong bytes of ${name}`
  } catch (error) {
    if (!bytes.every((byte, i) => byte === 0 || byte === truth[i])) outcome.wrong ??= `plaintext of ${name} leaked`
    throw error
  }
}
