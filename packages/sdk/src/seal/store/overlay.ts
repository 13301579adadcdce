// Changes that are not in the index yet, each with the tick of the transaction that made it: every version sees its own.
import { type Changes, changeBytes } from './delta.js'
import { type IndexKey, prefixLength } from './index-key.js'

/** A change that is there; its value is `undefined` for an entry that was taken away. */
export interface Found {
  readonly value: Uint8Array | undefined
}

/** Something that lies over the index. */
export interface Layer {
  find(key: IndexKey): Found | undefined
  /** Of one directory, in no order. */
  keysOf(prefix: string): Iterable<IndexKey>
}

interface Change extends Found {
  readonly tick: number
}

export class Overlay {
  readonly #directories = new Map<string, Map<IndexKey, Change[]>>()
  #bytes = 0

  /** Roughly, with all versions of each entry. */
  get bytes(): number {
    return this.#bytes
  }

  /** Ticks ascend. */
  apply(tick: number, changes: Changes): void {
    for (const [key, value] of changes) {
      const directory = this.#directoryOf(key)
      const history = directory.get(key)
      if (history === undefined) directory.set(key, [{ tick, value }])
      else history.push({ tick, value })
      this.#bytes += changeBytes(key, value)
    }
  }

  /** What was so at `tick`. */
  at(tick: number): Layer {
    return {
      find: (key) =>
        this.#directories
          .get(key.slice(0, prefixLength))
          ?.get(key)
          ?.findLast((change) => change.tick <= tick),
      keysOf: (prefix) => this.#directories.get(prefix)?.keys() ?? []
    }
  }

  /** Everything up to `tick`, the newest of each. */
  changesUpTo(tick: number): Changes {
    const changes = new Map<IndexKey, Uint8Array | undefined>()
    for (const directory of this.#directories.values()) {
      for (const [key, history] of directory) {
        const change = history.findLast((one) => one.tick <= tick)
        if (change !== undefined) changes.set(key, change.value)
      }
    }
    return changes
  }

  #directoryOf(key: IndexKey): Map<IndexKey, Change[]> {
    const prefix = key.slice(0, prefixLength)
    const known = this.#directories.get(prefix)
    if (known !== undefined) return known
    const made = new Map<IndexKey, Change[]>()
    this.#directories.set(prefix, made)
    return made
  }
}

/** The changes of one transaction. */
export class Staging implements Layer {
  readonly changes: Map<IndexKey, Uint8Array | undefined> = new Map()
  readonly #directories = new Map<string, Set<IndexKey>>()

  set(key: IndexKey, value: Uint8Array | undefined): void {
    this.changes.set(key, value)
    const prefix = key.slice(0, prefixLength)
    const keys = this.#directories.get(prefix)
    if (keys === undefined) this.#directories.set(prefix, new Set([key]))
    else keys.add(key)
  }

  find(key: IndexKey): Found | undefined {
    return this.changes.has(key) ? { value: this.changes.get(key) } : undefined
  }

  keysOf(prefix: string): Iterable<IndexKey> {
    return this.#directories.get(prefix) ?? []
  }
}
