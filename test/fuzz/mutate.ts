// Makes hostile bytes out of good ones. Everything follows from the generator that is handed in.

export type Random = () => number

/** Inputs never grow beyond this. */
export const maxInputBytes = 65_536

/** A changed copy of `seed`; `other` gives bytes to splice in. */
export function mutate(seed: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let bytes = seed.slice()
  const steps = 1 + Math.floor(random() ** 3 * 6)
  for (let i = 0; i < steps; i++) bytes = pick(mutations, random)(bytes, other, random).slice(0, maxInputBytes)
  return bytes
}

export function pick<T>(list: readonly T[], random: Random): T {
  return list[below(list.length, random)] as T // the index is within the list, which is never empty
}

/** An integer in [0, limit). */
export function below(limit: number, random: Random): number {
  return Math.floor(random() * limit)
}

type Mutation = (bytes: Uint8Array, other: Uint8Array, random: Random) => Uint8Array

const interestingBytes = [
  0x00, 0x01, 0x02, 0x04, 0x22, 0x2d, 0x30, 0x31, 0x7f, 0x80, 0x81, 0x82, 0x84, 0x9f, 0xbf, 0xff
]
const interestingNumbers = [
  0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff
]

const mutations: readonly Mutation[] = [
  (bytes, _, random) => withByte(bytes, random, (byte) => byte ^ (1 << below(8, random))),
  (bytes, _, random) => withByte(bytes, random, () => pick(interestingBytes, random)),
  (bytes, _, random) => withByte(bytes, random, () => below(256, random)),
  (bytes, _, random) => withByte(bytes, random, (byte) => byte + (random() < 0.5 ? 1 : -1)),
  (bytes, _, random) => bytes.slice(0, below(bytes.length + 1, random)),
  (bytes, _, random) => bytes.slice(below(bytes.length + 1, random)),
  (bytes, _, random) => cutOut(bytes, random),
  (bytes, _, random) => spliceIn(bytes, randomBytes(1 + below(8, random), random), random),
  (bytes, _, random) => spliceIn(bytes, sliceOf(bytes, random), random),
  (bytes, other, random) => spliceIn(bytes, sliceOf(other, random), random),
  (bytes, other, random) => overwrite(bytes, sliceOf(other, random), random),
  (bytes, _, random) => overwrite(bytes, randomBytes(1 + below(32, random), random), random),
  (bytes, _, random) =>
    overwrite(bytes, new Uint8Array(1 + below(64, random)).fill(pick(interestingBytes, random)), random),
  (bytes, _, random) => overwrite(bytes, encodedNumber(random), random),
  (bytes, _, random) => spliceIn(bytes, repeated(sliceOf(bytes, random), random), random),
  (_, other) => other.slice()
]

function withByte(bytes: Uint8Array, random: Random, change: (byte: number) => number): Uint8Array {
  const at = below(bytes.length, random)
  const byte = bytes[at]
  if (byte !== undefined) bytes[at] = change(byte)
  return bytes
}

function cutOut(bytes: Uint8Array, random: Random): Uint8Array {
  const from = below(bytes.length + 1, random)
  const to = from + below(Math.min(64, bytes.length - from) + 1, random)
  return joined(bytes.subarray(0, from), bytes.subarray(to))
}

function spliceIn(bytes: Uint8Array, piece: Uint8Array, random: Random): Uint8Array {
  const at = below(bytes.length + 1, random)
  return joined(bytes.subarray(0, at), piece, bytes.subarray(at))
}

function overwrite(bytes: Uint8Array, piece: Uint8Array, random: Random): Uint8Array {
  const at = below(bytes.length + 1, random)
  bytes.set(piece.subarray(0, bytes.length - at), at)
  return bytes
}

function sliceOf(bytes: Uint8Array, random: Random): Uint8Array {
  const from = below(bytes.length + 1, random)
  return bytes.subarray(from, from + below(Math.min(512, bytes.length - from) + 1, random))
}

/** Deep nesting and long lists are made of repetition. */
function repeated(piece: Uint8Array, random: Random): Uint8Array {
  const short = piece.subarray(0, 1 + below(8, random))
  return joined(...Array.from({ length: 1 + below(2000, random) }, () => short))
}

function encodedNumber(random: Random): Uint8Array {
  const view = new DataView(new ArrayBuffer(4))
  view.setUint32(0, pick(interestingNumbers, random), random() < 0.5)
  const all = new Uint8Array(view.buffer)
  return random() < 0.5 ? all : all.slice(0, 2)
}

function randomBytes(length: number, random: Random): Uint8Array {
  return Uint8Array.from({ length }, () => below(256, random))
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
