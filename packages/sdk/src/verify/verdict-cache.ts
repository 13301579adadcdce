// Verdicts that were favourable, for the same evidence. Each verifier has its own, and so each policy. Nothing else is kept: a refusal may be cured by
// fresher collateral.
import { concatBytes, equalBytes, lengthPrefixed, utf8 } from '../core/index.js'
import type { Evidence } from '../evidence/index.js'
import type { Appraisal } from './appraisal.js'
import { sha256Hex } from './memory.js'

export interface Verdict {
  readonly appraisal: Appraisal
  readonly reportData: Uint8Array
  /** Milliseconds since 1970: the verdict holds between them. */
  readonly from: number
  readonly until: number
}

export class VerdictCache {
  readonly #capacity: number
  readonly #verdicts = new Map<string, Verdict>()

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** The verdict, where it holds at `now` and for this report data. */
  find(key: string, reportData: Uint8Array, now: Date): Verdict | undefined {
    const verdict = this.#verdicts.get(key)
    if (verdict === undefined || !equalBytes(verdict.reportData, reportData)) return undefined
    if (!(verdict.from <= now.getTime() && now.getTime() <= verdict.until)) return undefined
    this.#verdicts.delete(key) // and set again: the order of a Map is that of insertion, so the first is the least recently used
    this.#verdicts.set(key, verdict)
    return verdict
  }

  keep(key: string, verdict: Verdict): void {
    if (this.#capacity === 0) return
    this.#verdicts.delete(key)
    const [oldest] = this.#verdicts.keys()
    if (this.#verdicts.size >= this.#capacity && oldest !== undefined) this.#verdicts.delete(oldest)
    this.#verdicts.set(key, verdict)
  }
}

/** Everything that a verdict under one policy depends on, beside time and report data: evidence and endorsements, byte for byte. */
export async function verdictKey(evidence: Uint8Array | Evidence): Promise<string> {
  return sha256Hex(evidence instanceof Uint8Array ? evidence : concatBytes(...fieldsOf(evidence).map(lengthPrefixed)))
}

function fieldsOf({ kind, bytes, endorsements }: Evidence): readonly Uint8Array[] {
  return [utf8(kind), bytes, ...endorsements.flatMap((item) => [utf8(item.mediaType), item.bytes])]
}
