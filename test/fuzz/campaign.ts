// Fuzzes one target for a while: mutates inputs, keeps those that reach something new, and notes what must not happen.
import { TresorError } from '../../packages/sdk/src/core/index.js'
import { seeded } from '../support/seeded.js'
import { mutate, pick, type Random } from './mutate.js'
import { Broken, type Target } from './target.js'

export interface Failure {
  readonly reason: string
  readonly input: Uint8Array
}

export interface CampaignResult {
  readonly executions: number
  /** Inputs that were accepted. */
  readonly accepted: number
  /** Different ways to be refused or accepted that were seen. */
  readonly outcomes: number
  readonly slowestMs: number
  readonly failures: readonly Failure[]
}

export interface CampaignOptions {
  readonly seed: number
  /** Asked before each mutated input. */
  isOver(): boolean
  /** Called before each input, so that a hang or crash can be traced. */
  note(input: Uint8Array): void
}

const maxPool = 512
const maxFailures = 3

export async function runCampaign(target: Target, options: CampaignOptions): Promise<CampaignResult> {
  const campaign = new Campaign(target, options)
  for (const input of target.seeds) await campaign.execute(input)
  while (!options.isOver() && campaign.failures.length < maxFailures) {
    await campaign.execute(campaign.nextInput())
  }
  return campaign.result()
}

class Campaign {
  readonly failures: Failure[] = []
  readonly #target: Target
  readonly #options: CampaignOptions
  readonly #random: Random
  readonly #pool: Uint8Array[]
  readonly #outcomes = new Set<string>()
  #executions = 0
  #accepted = 0
  #slowestMs = 0

  constructor(target: Target, options: CampaignOptions) {
    this.#target = target
    this.#options = options
    this.#random = seeded(options.seed ^ hashOf(target.name))
    this.#pool = [...target.seeds]
  }

  nextInput(): Uint8Array {
    const [seed, other] = [pick(this.#pool, this.#random), pick(this.#pool, this.#random)]
    return (this.#target.mutate ?? mutate)(seed, other, this.#random)
  }

  async execute(input: Uint8Array): Promise<void> {
    this.#options.note(input)
    this.#executions++
    const start = performance.now()
    const outcome = await outcomeOf(this.#target, input)
    const tookMs = performance.now() - start
    if (tookMs > this.#slowestMs) this.#slowestMs = tookMs
    if (outcome === 'accepted') this.#accepted++
    if (outcome.startsWith('! ')) this.failures.push({ reason: outcome.slice(2), input })
    else if (tookMs > this.#target.limitMs) await this.#checkSlow(input)
    this.#keep(input, outcome)
  }

  result(): CampaignResult {
    return {
      executions: this.#executions,
      accepted: this.#accepted,
      outcomes: this.#outcomes.size,
      slowestMs: this.#slowestMs,
      failures: this.failures
    }
  }

  /** Once may be the machine; three times more is the input. */
  async #checkSlow(input: Uint8Array): Promise<void> {
    let fastestMs = Number.POSITIVE_INFINITY
    for (let i = 0; i < 3; i++) {
      const start = performance.now()
      await outcomeOf(this.#target, input)
      fastestMs = Math.min(fastestMs, performance.now() - start)
    }
    if (fastestMs <= this.#target.limitMs) return
    this.failures.push({ reason: `takes ${Math.round(fastestMs)} ms, more than ${this.#target.limitMs}`, input })
  }

  /** What is refused for a new reason has come further than others. */
  #keep(input: Uint8Array, outcome: string): void {
    if (this.#outcomes.has(outcome)) return
    this.#outcomes.add(outcome)
    if (this.#target.mutate === undefined && this.#pool.length < maxPool) this.#pool.push(input)
  }
}

/** `accepted`, the shape of a coded error, or what must not be after `! `. */
async function outcomeOf(target: Target, input: Uint8Array): Promise<string> {
  const before = input.slice()
  try {
    await target.run(input)
    return sameBytes(before, input) ? 'accepted' : '! the input was changed'
  } catch (error) {
    if (error instanceof Broken) return `! ${error.message}`
    if (!TresorError.is(error))
      return `! threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
    if (error.message.length > 1000) return `! a message of ${error.message.length} characters`
    return `${error.code} ${error.message.replace(/[0-9a-f]{4,}|\d+/g, '#').slice(0, 200)}`
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

/** FNV-1a: each target has its own numbers, whichever others run. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5
  for (const character of name) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193)
  return hash >>> 0
}
