// Builds DER, one function per type (ITU-T X.690). For what we make ourselves: certificates of tests and simulators, key info.
import { concatBytes, UsageError, utf8 } from '../core/index.js'
import { compareBytes } from './byte-order.js'
import { derTag, explicitTag, implicitTag } from './der-tags.js'
import { encodeOid } from './oid.js'

/** One element: identifier, shortest length, content. */
export function encodeDer(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  const length = content.reduce((sum, part) => sum + part.length, 0)
  return concatBytes(Uint8Array.of(tag, ...encodeLength(length)), ...content)
}

export function derSequence(...elements: readonly Uint8Array[]): Uint8Array {
  return encodeDer(derTag.sequence, ...elements)
}

/** A SET OF, put into the order that DER wants. */
export function derSet(...elements: readonly Uint8Array[]): Uint8Array {
  return encodeDer(derTag.set, ...elements.toSorted(compareBytes))
}

/** `[number]` around `elements`. */
export function derExplicit(number: number, ...elements: readonly Uint8Array[]): Uint8Array {
  return encodeDer(explicitTag(number), ...elements)
}

/** A primitive type with the implicit tag `[number]`. */
export function derImplicit(number: number, content: Uint8Array): Uint8Array {
  return encodeDer(implicitTag(number), content)
}

/** An INTEGER from a number, or from big-endian bytes that are read as unsigned. */
export function derInteger(value: number | bigint | Uint8Array): Uint8Array {
  return encodeDer(derTag.integer, typeof value === 'object' ? unsignedContent(value) : signedContent(BigInt(value)))
}

export function derEnumerated(value: number): Uint8Array {
  return encodeDer(derTag.enumerated, signedContent(BigInt(value)))
}

export function derBoolean(value: boolean): Uint8Array {
  return encodeDer(derTag.boolean, Uint8Array.of(value ? 0xff : 0))
}

export function derNull(): Uint8Array {
  return encodeDer(derTag.null)
}

export function derOid(oid: string): Uint8Array {
  return encodeDer(derTag.oid, encodeOid(oid))
}

export function derOctetString(bytes: Uint8Array): Uint8Array {
  return encodeDer(derTag.octetString, bytes)
}

export function derBitString(bytes: Uint8Array, unusedBits = 0): Uint8Array {
  return encodeDer(derTag.bitString, Uint8Array.of(unusedBits), bytes)
}

export function derUtf8String(text: string): Uint8Array {
  return encodeDer(derTag.utf8String, utf8(text))
}

export function derPrintableString(text: string): Uint8Array {
  return encodeDer(derTag.printableString, asciiBytes(text))
}

export function derIa5String(text: string): Uint8Array {
  return encodeDer(derTag.ia5String, asciiBytes(text))
}

/** UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5280 §4.1.2.5), to the second. */
export function derTime(time: Date): Uint8Array {
  const digits = `${time
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replace(/[-:T]/g, '')}Z`
  const year = time.getUTCFullYear()
  if (digits.length !== 15) throw new UsageError('ERR_USAGE_OPTION', 'time: expected a year from 0 to 9999')
  return year >= 1950 && year < 2050
    ? encodeDer(derTag.utcTime, utf8(digits.slice(2)))
    : encodeDer(derTag.generalizedTime, utf8(digits))
}

function encodeLength(length: number): number[] {
  if (length < 0x80) return [length]
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return [0x80 | bytes.length, ...bytes]
}

function unsignedContent(bytes: Uint8Array): Uint8Array {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const shortest = bytes.subarray(start)
  return (shortest[0] ?? 0x80) >= 0x80 ? concatBytes(Uint8Array.of(0), shortest) : shortest
}

function signedContent(value: bigint): Uint8Array {
  let length = 1
  while (BigInt.asIntN(8 * length, value) !== value) length++
  const hex = BigInt.asUintN(8 * length, value)
    .toString(16)
    .padStart(2 * length, '0')
  return Uint8Array.from({ length }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16))
}

function asciiBytes(text: string): Uint8Array {
  const bytes = utf8(text)
  if (bytes.length !== text.length) throw new UsageError('ERR_USAGE_OPTION', 'text: expected ASCII')
  return bytes
}
