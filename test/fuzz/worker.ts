// The thread that does the work: one target after the other, each for its share of the time.
import { parentPort } from 'node:worker_threads'
import { type CampaignResult, runCampaign } from './campaign.js'
import { makeCorpus } from './corpus.js'
import { parserTargets } from './parsers.js'
import { sealedTargets } from './sealed.js'
import { storeTargets } from './store-records.js'
import type { Target } from './target.js'
import { Watch } from './watch.js'
import { wholeTargets } from './whole.js'

export interface Job {
  readonly memory: SharedArrayBuffer
  readonly seed: number
  readonly seconds: number
  readonly target?: string
  /** Runs this one input only. */
  readonly input?: Uint8Array
}

export type Message =
  | { readonly kind: 'targets'; readonly names: readonly string[] }
  | { readonly kind: 'begin'; readonly name: string }
  | { readonly kind: 'end'; readonly name: string; readonly result: CampaignResult }

export async function work(job: Job): Promise<void> {
  const watch = new Watch(job.memory)
  const all = await allTargets()
  const chosen = all.filter(({ name }) => job.target === undefined || name === job.target)
  tell({ kind: 'targets', names: chosen.length > 0 ? chosen.map(({ name }) => name) : all.map(({ name }) => name) })
  const shareMs = (job.seconds * 1000) / Math.max(1, chosen.length)
  for (const target of chosen) {
    tell({ kind: 'begin', name: target.name })
    const only = job.input === undefined ? target : { ...target, seeds: [job.input] }
    const untilMs = performance.now() + (job.input === undefined ? shareMs : 0)
    const result = await runCampaign(only, {
      seed: job.seed,
      isOver: () => performance.now() >= untilMs,
      note: (input) => watch.note(input)
    })
    tell({ kind: 'end', name: target.name, result })
  }
}

async function allTargets(): Promise<readonly Target[]> {
  const corpus = await makeCorpus()
  return [
    ...parserTargets(corpus),
    ...(await wholeTargets(corpus)),
    ...(await sealedTargets()),
    ...(await storeTargets())
  ]
}

function tell(message: Message): void {
  parentPort?.postMessage(message)
}
