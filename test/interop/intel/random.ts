// Choices from a seed.
import { seeded } from '../../support/seeded.js'

export interface Random {
  /** Within [0, limit). */
  below(limit: number): number
  pick<T>(list: readonly T[]): T
  bytes(length: number): Uint8Array
}

export function randomFrom(seed: number): Random {
  const next = seeded(seed)
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    below,
    pick: (list) => {
      const [found] = list.slice(below(list.length))
      if (found === undefined) throw new Error('nothing to pick from')
      return found
    },
    bytes: (length) => Uint8Array.from({ length }, () => below(256))
  }
}
