// What tests of parsers share: a parser is total, every failure is a coded error of ours.
import { expect } from 'vitest'
import { type ErrorCode, TresorError } from '../../packages/sdk/src/core/index.js'

/** The code of the error that `act` throws, or undefined where it returns. Anything but a coded error is thrown on. */
export function codeOf(act: () => unknown): ErrorCode | undefined {
  try {
    act()
    return undefined
  } catch (error) {
    if (TresorError.is(error)) return error.code
    throw error
  }
}

/** `act` must be refused with `code`. */
export function expectRefusal(act: () => unknown, code: ErrorCode): void {
  expect(codeOf(act)).toBe(code)
}

/** Every proper prefix of `bytes`, and `bytes` with one more byte. */
export function cutsAndAppends(bytes: Uint8Array): readonly Uint8Array[] {
  const cuts = Array.from(bytes, (_, length) => bytes.slice(0, length))
  return [...cuts, Uint8Array.of(...bytes, 0), Uint8Array.of(...bytes, 0x30)]
}

/** `bytes` with one bit changed, for every bit, or for every `step`th one. */
export function* bitFlips(bytes: Uint8Array, step = 1): Generator<Uint8Array> {
  for (let bit = 0; bit < 8 * bytes.length; bit += step) {
    const flipped = bytes.slice()
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    yield flipped
  }
}
