// Facts against a rule: every demand is a check, and all of them are made.
import { type PolicyCode, PolicyError } from '../core/index.js'
import type { Checklist } from './checklist.js'

/** What a demand says about itself; the values are spelled out only where it fails. */
export interface Demand {
  readonly id: string
  readonly title: string
  readonly code: PolicyCode
  readonly values: () => readonly [expected: string, actual: string]
}

export class Comparison {
  readonly #checklist: Checklist
  readonly #family: string

  /** `family` starts every message: `SNP measurement: expected …`. */
  constructor(checklist: Checklist, family: string) {
    this.#checklist = checklist
    this.#family = family
  }

  demand(isMet: boolean, { id, title, code, values }: Demand): void {
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
  oneOf(accepted: readonly string[] | undefined, actual: string, demand: Omit<Demand, 'values'>): void {
    if (accepted === undefined) return
    this.demand(accepted.includes(actual), { ...demand, values: () => [`one of ${accepted.join(', ')}`, actual] })
  }
}

/** For messages: the ends of long hex. The details hold it whole. */
function shorten(text: string): string {
  return text.replaceAll(/\b([0-9a-f]{4})[0-9a-f]{12,}([0-9a-f]{4})\b/g, '$1…$2')
}
