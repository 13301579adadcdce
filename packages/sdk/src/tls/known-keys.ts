// What a verifier remembers of signing keys whose evidence it has seen: where it asked for it, what it got, and when it asked, by its
// own clocks. Nobody else's statement about time plays a part.
import { type Clock, toHex } from '../core/index.js'
import type { PublicKey } from '../crypto/index.js'
import type { Appraisal } from '../verify/index.js'

export interface KnownKey {
  readonly id: Uint8Array
  readonly key: PublicKey
  /** The evidence, and what it must cover. */
  readonly cmw: Uint8Array
  readonly reportData: Uint8Array
  /** The peer that it was seen at, as the caller names it; keys of one peer are not offered to another. */
  readonly peer: string
  /** When the nonce that the evidence answers was made. */
  readonly asked: Moment
  /** The last verdict on the evidence, and when it was made. */
  judged: Judged
}

export interface Judged {
  readonly appraisal: Appraisal
  readonly at: Moment
  /** Milliseconds since 1970: the end of the validities that it rests on. */
  readonly until: number
}

/** One instant on both clocks. Milliseconds. */
export interface Moment {
  /** Never goes back, but may stop while the machine sleeps. */
  readonly steady: number
  /** May be set to anything. */
  readonly wall: number
}

export function judgedAt(at: Moment, appraisal: Appraisal): Judged {
  return { appraisal, at, until: Date.parse(appraisal.validUntil) }
}

export interface KnownKeysOptions {
  readonly maxAgeMs: number
  readonly maxKeys: number
  readonly wallClock: Clock
  readonly steadyClock: () => number
}

export class KnownKeys {
  readonly #options: KnownKeysOptions
  readonly #keys = new Map<string, KnownKey>()

  constructor(options: KnownKeysOptions) {
    this.#options = options
  }

  now(): Moment {
    return { steady: this.#options.steadyClock(), wall: this.#options.wallClock().getTime() }
  }

  /** Takes the place of the least recently used, when there are too many. */
  remember(key: KnownKey): void {
    const name = nameOf(key.peer, key.id)
    this.#keys.delete(name)
    const [oldest] = this.#keys.keys()
    if (this.#keys.size >= this.#options.maxKeys && oldest !== undefined) this.#keys.delete(oldest)
    this.#keys.set(name, key)
  }

  /** The key, where it is remembered for this peer and its evidence is young enough. */
  find(peer: string, id: Uint8Array): KnownKey | undefined {
    const name = nameOf(peer, id)
    const key = this.#keys.get(name)
    if (key === undefined) return undefined
    this.#keys.delete(name)
    if (!this.#isFresh(key)) return undefined
    this.#keys.set(name, key)
    return key
  }

  /** Ids of at most `count` fresh keys of `peer`, the last used first. */
  idsOf(peer: string, count: number): readonly Uint8Array[] {
    const keys = [...this.#keys.values()].filter((key) => key.peer === peer && this.#isFresh(key))
    return keys
      .slice(-count)
      .reverse()
      .map(({ id }) => id)
  }

  /** True while a verdict need not be made anew: for a minute at most, and within the validity of what it rests on. */
  isCurrent({ at, until }: Judged): boolean {
    const now = this.now()
    const [steadyAge, wallAge] = [now.steady - at.steady, now.wall - at.wall]
    const isYoung = steadyAge >= 0 && wallAge >= 0 && steadyAge <= verdictMs && wallAge <= verdictMs
    return isYoung && now.wall <= until
  }

  forget(key: KnownKey): void {
    this.#keys.delete(nameOf(key.peer, key.id))
  }

  /** Old by either clock is old; a wall clock that was set back tells nothing, so that is old too. */
  #isFresh({ asked }: KnownKey): boolean {
    const now = this.now()
    const [steadyAge, wallAge] = [now.steady - asked.steady, now.wall - asked.wall]
    const { maxAgeMs } = this.#options
    return steadyAge >= 0 && wallAge >= 0 && steadyAge <= maxAgeMs && wallAge <= maxAgeMs
  }
}

const verdictMs = 60_000

function nameOf(peer: string, id: Uint8Array): string {
  return `${toHex(id)} ${peer}`
}
