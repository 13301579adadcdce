// Asks everybody about many subjects and adds up.
import { type Compared, compare } from './compare.js'
import { askOurs } from './ours.js'
import type { Peer } from './peer.js'
import type { Subject } from './subject.js'

export interface Outcome {
  readonly asked: number
  /** Both say genuine. */
  readonly genuine: number
  /** How often each listed difference was met, by its id. */
  readonly listed: Readonly<Record<string, number>>
  /** Differences that are in no list. */
  readonly unlisted: readonly string[]
}

const atOnce = 64

/** go-tdx-guest is asked about quotes of TDX only: it reads no others. */
export async function runCampaign(peer: Peer, subjects: Iterable<Subject>): Promise<Outcome> {
  const tally = { asked: 0, genuine: 0, listed: {} as Record<string, number>, unlisted: [] as string[] } // empty literals have no type
  const take = (compared: Compared): void => {
    const difference = compare(compared)
    tally.asked += 1
    if (compared.ours.verdict === 'genuine' && difference === undefined) tally.genuine += 1
    if (typeof difference === 'string') tally.unlisted.push(difference)
    else if (difference !== undefined) tally.listed[difference.id] = (tally.listed[difference.id] ?? 0) + 1
  }
  for (const batch of batches(subjects)) (await Promise.all(batch.map((subject) => ask(peer, subject)))).forEach(take)
  return tally
}

async function ask(peer: Peer, subject: Subject): Promise<Compared> {
  const [theirs, ours] = await Promise.all([peer.ask(subject), askOurs(subject)])
  return { peer: peer.name, subject, ours, theirs }
}

function* batches(subjects: Iterable<Subject>): Generator<readonly Subject[]> {
  let batch: Subject[] = []
  for (const subject of subjects) {
    batch.push(subject)
    if (batch.length < atOnce) continue
    yield batch
    batch = []
  }
  yield batch
}
