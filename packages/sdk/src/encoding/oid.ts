// Object identifiers between their content bytes and dotted decimal (ITU-T X.690 §8.19).
import { UsageError } from '../core/index.js'

const maxOidBytes = 64

/** Dotted decimal of an OBJECT IDENTIFIER whose content is `[from, to)`, or undefined where it is malformed. */
export function decodeOid(bytes: Uint8Array, from = 0, to: number = bytes.length): string | undefined {
  if (from === to || to - from > maxOidBytes) return undefined
  let text = ''
  let start = from
  for (let i = from; i < to; i++) {
    if ((bytes[i] as number) & 0x80) continue
    if (bytes[start] === 0x80) return undefined // a leading zero group: not the shortest form
    const arc = readArc(bytes, start, i)
    text = text === '' ? firstArcs(arc) : `${text}.${arc}`
    start = i + 1
  }
  return start === to ? text : undefined
}

/** @throws UsageError ERR_USAGE_OPTION unless `text` is an object identifier in dotted decimal. */
export function encodeOid(text: string): Uint8Array {
  if (!isOid(text))
    throw new UsageError('ERR_USAGE_OPTION', `object identifier: expected dotted decimal, found '${text}'`)
  const [first = 0n, second = 0n, ...rest] = text.split('.').map(BigInt)
  return Uint8Array.from([first * 40n + second, ...rest].flatMap(encodeArc))
}

/** True for two or more arcs without leading zeros, the first two in their range. */
export function isOid(text: string): boolean {
  return /^(?:[01]\.(?:[0-9]|[1-3][0-9])|2\.(?:0|[1-9][0-9]*))(?:\.(?:0|[1-9][0-9]*))*$/.test(text)
}

function readArc(content: Uint8Array, start: number, last: number): number | bigint {
  if (last - start > 6) return readLongArc(content, start, last)
  let arc = 0
  for (let i = start; i <= last; i++) arc = arc * 128 + ((content[i] as number) & 0x7f)
  return arc
}

function readLongArc(content: Uint8Array, start: number, last: number): bigint {
  let arc = 0n
  for (let i = start; i <= last; i++) arc = (arc << 7n) | BigInt((content[i] as number) & 0x7f)
  return arc
}

/** The first number on the wire holds two arcs. */
function firstArcs(arc: number | bigint): string {
  if (arc < 80) return arc < 40 ? `0.${arc}` : `1.${Number(arc) - 40}`
  return typeof arc === 'bigint' ? `2.${arc - 80n}` : `2.${arc - 80}`
}

function encodeArc(arc: bigint): number[] {
  const groups = [Number(arc & 0x7fn)]
  for (let rest = arc >> 7n; rest > 0n; rest >>= 7n) groups.unshift(Number(rest & 0x7fn) | 0x80)
  return groups
}
