// One change to the bytes of a quote.
import { concatBytes, fromHex, toHex } from '../../../packages/sdk/src/core/index.js'
import { layoutOf, type Span, withBytesInside } from './layout.js'
import type { Random } from './random.js'

/** Order of P-256 (SEC 2, §2.4.2). */
const order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')

type Edit = (quote: Uint8Array, random: Random) => Uint8Array

/** By name, so that a report says what was done. */
export const quoteEdits: Readonly<Record<string, Edit>> = {
  'bit of the header': (quote, random) => flipBit(quote, layoutOf(quote).header, random),
  'bit of the body': (quote, random) => flipBit(quote, layoutOf(quote).body, random),
  'bit of the signature': (quote, random) => flipBit(quote, layoutOf(quote).signature, random),
  'bit of the attestation key': (quote, random) => flipBit(quote, layoutOf(quote).attestationKey, random),
  'bit of the QE report': (quote, random) => flipBit(quote, layoutOf(quote).qeReport, random),
  'bit of the QE signature': (quote, random) => flipBit(quote, layoutOf(quote).qeSignature, random),
  'bit of the authentication data': (quote, random) => flipBit(quote, layoutOf(quote).authData, random),
  'bit of the certification data': (quote, random) => flipBit(quote, layoutOf(quote).certification, random),
  'byte anywhere': (quote, random) => set(quote, random.below(quote.length), Uint8Array.of(random.below(256))),
  'length or type': lie,
  'type of the certification data': (quote, random) =>
    set(quote, layoutOf(quote).certification.at - 6, Uint8Array.of(1 + random.below(8))),
  'bytes inside the certification data': (quote, random) => withBytesInside(quote, random.bytes(8), 1),
  'bytes inside the signature data': (quote, random) => withBytesInside(quote, random.bytes(8), -1),
  'cut off': (quote, random) => quote.slice(0, random.below(quote.length)),
  'zeros behind': (quote, random) => concatBytes(quote, new Uint8Array(1 + random.below(64))),
  'bytes behind': (quote, random) => concatBytes(quote, random.bytes(1 + random.below(64))),
  'other s of the signature': (quote) => negateS(quote, layoutOf(quote).signature),
  'other s of the QE signature': (quote) => negateS(quote, layoutOf(quote).qeSignature),
  'r and s swapped': (quote) => swapHalves(quote, layoutOf(quote).signature),
  'r of zero': (quote) => set(quote, layoutOf(quote).signature.at, new Uint8Array(32)),
  's of zero': (quote) => set(quote, layoutOf(quote).signature.at + 32, new Uint8Array(32)),
  's of the order': (quote) => set(quote, layoutOf(quote).signature.at + 32, fromHex(order.toString(16)))
}

function flipBit(quote: Uint8Array, { at, length }: Span, random: Random): Uint8Array {
  const offset = at + random.below(Math.max(length, 1))
  return set(quote, offset, Uint8Array.of((quote[offset] ?? 0) ^ (1 << random.below(8))))
}

function lie(quote: Uint8Array, random: Random): Uint8Array {
  const { at, length } = random.pick(layoutOf(quote).lengths)
  const view = new DataView(quote.buffer, quote.byteOffset, quote.byteLength)
  const value = length === 4 ? view.getUint32(at, true) : view.getUint16(at, true)
  const lies = [0, 1, 7, value - 1, value + 1, value - 20, value + 20, value * 2, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]
  const out = new DataView(new ArrayBuffer(4))
  out.setUint32(0, random.pick(lies) >>> 0, true)
  return set(quote, at, new Uint8Array(out.buffer, 0, length))
}

/** (r, n - s) is a signature whenever (r, s) is. */
function negateS(quote: Uint8Array, { at }: Span): Uint8Array {
  const s = BigInt(`0x${toHex(quote.subarray(at + 32, at + 64))}`)
  return set(quote, at + 32, fromHex((order - s).toString(16).padStart(64, '0')))
}

function swapHalves(quote: Uint8Array, { at }: Span): Uint8Array {
  return set(quote, at, concatBytes(quote.subarray(at + 32, at + 64), quote.subarray(at, at + 32)))
}

function set(quote: Uint8Array, at: number, bytes: Uint8Array): Uint8Array {
  const out = quote.slice()
  out.set(bytes.subarray(0, Math.max(0, quote.length - at)), at)
  return out
}
