// Facts against a rule: every demand is a check, and all of them are made.
import { type PolicyCode, PolicyError } from '../core/index.js'
import type { Checklist } from './checklist.js'
import type { AcceptedDigests } from './named-digest.js'

/** What a demand says about itself. */
export interface DemandText {
  readonly id: string
  readonly title: string
  readonly code: PolicyCode
}

/** Spelled out only where a demand fails. */
export type DemandValues = () => readonly [expected: string, actual: string]

export class Comparison {
  readonly #checklist: Checklist
  readonly #family: string

  /** `family` starts every message: `SNP measurement: expected …`. */
  constructor(checklist: Checklist, family: string) {
    this.#checklist = checklist
    this.#family = family
  }

  demand(isMet: boolean, { id, title, code }: DemandText, values: DemandValues): void {
    const text = { id: `policy.${id}`, title, spec: 'policy' }
    if (isMet) {
      this.#checklist.pass(text)
      return
    }
    const [expected, actual] = values()
    const subject = title.replace(/ is accepted$/, '')
    const message = `${this.#family} ${subject}: expected ${shorten(expected)}, found ${shorten(actual)}`
    this.#checklist.fail({ ...text, expected, actual }, PolicyError, code, message)
  }

  /** Passes where the rule does not restrict. */
  oneOf(accepted: readonly string[] | undefined, actual: string, demand: DemandText): void {
    if (accepted === undefined) return
    this.demand(accepted.includes(actual), demand, () => [oneOf(accepted), actual])
  }

  /**
   * `actual` is hex in lower case; where it is refused, `explain` may add a clause. The check is made even where `any` is accepted:
   * identity is always spoken of.
   */
  digest(accepted: AcceptedDigests, actual: string, demand: DemandText, explain = (): string => ''): void {
    const isAccepted = accepted === 'any' || accepted.some(({ digest }) => digest === actual)
    this.demand(isAccepted, demand, () => [formatAccepted(accepted), actual + explain()])
  }

  /** Passes where the rule does not restrict. */
  atLeast(least: number | undefined, actual: number, demand: DemandText): void {
    if (least === undefined) return
    this.demand(actual >= least, demand, () => [`at least ${least}`, String(actual)])
  }
}

/** `one of 4c1f… (shop-api 1.8.2), …` */
function formatAccepted(accepted: AcceptedDigests): string {
  if (accepted === 'any') return accepted
  return oneOf(accepted.map(({ digest, name }) => (name === undefined ? digest : `${digest} (${name})`)))
}

function oneOf(choices: readonly string[]): string {
  return `one of ${choices.join(', ')}`
}

/** For messages: the ends of long hex. The details hold it whole. */
function shorten(text: string): string {
  return text.replaceAll(/\b([0-9a-f]{4})[0-9a-f]{12,}([0-9a-f]{4})\b/g, '$1…$2')
}
