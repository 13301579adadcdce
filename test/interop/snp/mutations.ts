// Seeded changes of good evidence. Half of them are signed again, so that the rules of the format and of the match between report and
// certificate decide, and not the signature alone.
import { concatBytes } from '../../../packages/sdk/src/core/index.js'
import type { Question } from './go-sev.js'
import { signAgain, type World, worldTime } from './world.js'

export interface Mutant {
  readonly how: string
  readonly world: World
  readonly question: Question
}

type Change = (world: World, random: () => number, worlds: readonly World[]) => Partial<Question>

/** `count` of them, the same for the same seed. */
export function createMutants(worlds: readonly World[], count: number, random: () => number): readonly Mutant[] {
  return Array.from({ length: count }, (_, i) => {
    const world = pick(worlds, random)
    const [how, change] = changes[i % changes.length] as (typeof changes)[number] // in range
    return { how, world, question: { ...questionOf(world), ...change(world, random, worlds) } }
  })
}

export function questionOf({ amd, leaf, report }: World): Question {
  const { ark, ask, asvk } = amd.certificates
  return { report, certificates: [leaf], now: worldTime, root: { product: amd.vendor.product, ark, ask, asvk } }
}

const changes: readonly (readonly [how: string, change: Change])[] = [
  ['bits of the report', ({ report }, random) => ({ report: flipBits(report, report.length, random) })],
  ['bits, signed again', ({ report, key }, random) => ({ report: signAgain(flipBits(report, 0x2a0, random), key) })],
  ['a field, signed again', ({ report, key }, random) => ({ report: signAgain(setField(report, random), key) })],
  ['bits of the certificate', ({ leaf }, random) => ({ certificates: [flipBits(leaf, leaf.length, random)] })],
  [
    'a reserved byte, signed again',
    ({ report, key }, random) => ({ report: signAgain(setReserved(report, random), key) })
  ],
  ['another world’s certificate', (_, random, worlds) => ({ certificates: [pick(worlds, random).leaf] })],
  ['a TCB, signed again', ({ report, key }, random) => ({ report: signAgain(setTcb(report, random), key) })],
  ['another time', (_, random) => ({ now: new Date(Date.UTC(1990 + Math.floor(random() * 90), 0, 1)) })],
  ['another length', ({ report }, random) => ({ report: resize(report, random) })],
  ['the signature field', ({ report }, random) => ({ report: changeSignature(report, random) })]
]

/** Offsets and lengths that have rules (AMD 56860, ATTESTATION_REPORT). */
const fields: readonly (readonly [offset: number, length: number])[] = [
  [0x000, 4],
  [0x008, 8],
  [0x030, 4],
  [0x034, 4],
  [0x040, 8],
  [0x048, 4],
  [0x188, 3],
  [0x1a0, 64],
  [0x1e8, 8],
  [0x1f8, 16]
]

const reserved: readonly (readonly [offset: number, length: number])[] = [
  [0x04c, 4],
  [0x18b, 21],
  [0x1eb, 1],
  [0x1ef, 1],
  [0x208, 152]
]

const tcbs: readonly number[] = [0x038, 0x180, 0x1e0, 0x1f0]

function flipBits(bytes: Uint8Array, length: number, random: () => number): Uint8Array {
  const changed = bytes.slice()
  for (let i = below(3, random); i >= 0; i--) {
    const at = below(length, random)
    changed[at] = (changed[at] ?? 0) ^ (1 << below(8, random))
  }
  return changed
}

/** One byte of a field, small values as often as large ones. */
function setField(report: Uint8Array, random: () => number): Uint8Array {
  return setByte(report, pick(fields, random), below(2, random) === 0 ? below(8, random) : below(256, random), random)
}

function setReserved(report: Uint8Array, random: () => number): Uint8Array {
  return setByte(report, pick(reserved, random), 1 + below(255, random), random)
}

function setTcb(report: Uint8Array, random: () => number): Uint8Array {
  const offset = pick(tcbs, random)
  const at = offset + below(8, random)
  const changed = report.slice()
  changed[at] = Math.max(0, (changed[at] ?? 0) + below(5, random) - 2)
  return changed
}

function setByte(
  report: Uint8Array,
  [offset, length]: readonly [offset: number, length: number],
  value: number,
  random: () => number
): Uint8Array {
  const changed = report.slice()
  changed[offset + below(length, random)] = value
  return changed
}

function resize(report: Uint8Array, random: () => number): Uint8Array {
  const length = below(2, random) === 0 ? below(report.length, random) : report.length + 1 + below(64, random)
  const resized = new Uint8Array(length)
  resized.set(report.subarray(0, length))
  return resized
}

/** Order of the group of P-384. */
const n = BigInt('0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973')

/** The other s, which is as good; r and s in each other's place; numbers out of range; bytes where there are none. */
function changeSignature(report: Uint8Array, random: () => number): Uint8Array {
  const changed = report.slice()
  const [r, s] = [report.slice(0x2a0, 0x2e8), report.slice(0x2e8, 0x330)]
  const variants = [
    () => changed.set(encodeNumber(n - decodeNumber(s)), 0x2e8),
    () => changed.set(concatBytes(s, r), 0x2a0),
    () => changed.set(encodeNumber(n + 1n), 0x2a0),
    () => changed.set(encodeNumber(0n), 0x2e8),
    () => changed.fill(1 + below(255, random), 0x2d0, 0x2d1),
    () => changed.fill(1 + below(255, random), 0x330 + below(368, random), 0x4a0)
  ]
  pick(variants, random)()
  return changed
}

/** 72 bytes, little endian. */
function decodeNumber(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n)
}

function encodeNumber(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 72 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn))
}

function below(limit: number, random: () => number): number {
  return Math.floor(random() * limit)
}

function pick<T>(list: readonly T[], random: () => number): T {
  return list[below(list.length, random)] as T // in range
}
