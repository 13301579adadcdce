// Compares two lists of judgements, and counts what the exceptions explain.

import { exceptions } from './exceptions.js'
import type { Judgement, Question } from './go-sev.js'

export interface Comparison {
  /** One line for each disagreement that no exception covers. */
  readonly unexplained: readonly string[]
  readonly agreed: { readonly genuine: number; readonly refused: number }
  /** How often each exception was needed. */
  readonly excepted: Readonly<Record<string, number>>
}

export interface Judged {
  readonly name: string
  readonly question: Question
  readonly ours: Judgement
  readonly theirs: Judgement
}

export function compare(all: readonly Judged[]): Comparison {
  const unexplained: string[] = []
  const agreed = { genuine: 0, refused: 0 }
  const excepted: Record<string, number> = Object.fromEntries(exceptions.map(({ name }) => [name, 0]))
  for (const { name, question, ours, theirs } of all) {
    if (ours.genuine === theirs.genuine) agreed[ours.genuine ? 'genuine' : 'refused']++
    else {
      const exception = exceptions.find(({ covers }) => covers(ours, theirs, question.report))
      if (exception === undefined) unexplained.push(`${name}: ours ${say(ours)}, theirs ${say(theirs)}`)
      else excepted[exception.name] = (excepted[exception.name] ?? 0) + 1
    }
  }
  return { unexplained, agreed, excepted }
}

function say({ genuine, reason }: Judgement): string {
  return genuine ? 'genuine' : `refused (${reason.slice(0, 200)})`
}
