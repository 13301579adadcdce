// Mutations of subjects, the same for the same seed.
import { pemEdits } from './mutate-pem.js'
import { platformEdits } from './mutate-platform.js'
import { quoteEdits } from './mutate-quote.js'
import type { Random } from './random.js'
import { randomFrom } from './random.js'
import type { Subject } from './subject.js'

type Edit = (subject: Subject, random: Random, others: readonly Subject[]) => Subject

const onQuote = Object.entries({ ...quoteEdits, ...pemEdits }).map(([name, edit]): [string, Edit] => [
  name,
  (subject, random) => ({ ...subject, quote: edit(subject.quote, random) })
])
const edits: readonly [string, Edit][] = [...onQuote, ...Object.entries(platformEdits)]

/** `count` changes of `subjects`, each of one thing. */
export function* mutate(subjects: readonly Subject[], count: number, seed: number): Generator<Subject> {
  const random = randomFrom(seed)
  for (let i = 0; i < count; i += 1) {
    const subject = random.pick(subjects)
    const [name, edit] = random.pick(edits)
    yield { ...edit(subject, random, subjects), id: `${subject.id}: ${name} (${i} of seed ${seed})` }
  }
}
