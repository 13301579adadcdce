// What is fuzzed: something that takes bytes from strangers.
import type { Random } from './mutate.js'

export interface Target {
  readonly name: string
  /** Good inputs to start from, at least one. */
  readonly seeds: readonly Uint8Array[]
  /** An input that takes longer, again and again, is a failure. */
  readonly limitMs: number
  /** Takes the input. May throw coded errors, and `Broken` where it accepted what it must not; nothing else. */
  run(input: Uint8Array): unknown
  /** Default: mutations of bytes. */
  mutate?(seed: Uint8Array, other: Uint8Array, random: Random): Uint8Array
}

/** A promise was broken: the input was accepted, and what came out is wrong. */
export class Broken extends Error {}

export function require(condition: boolean, promise: string): void {
  if (!condition) throw new Broken(promise)
}
