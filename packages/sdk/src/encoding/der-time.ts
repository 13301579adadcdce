// UTCTime and GeneralizedTime in DER (ITU-T X.690 §11.7, §11.8; RFC 5280 §4.1.2.5).
import { derFailure } from './der-failure.js'
import { derTag } from './der-tags.js'

/** Reads `[start, end)`. Refuses fractions, zones other than Z, and dates that no calendar has. */
export function decodeTime(
  tag: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  what: string,
  field: string
): Date {
  const time = tag === derTag.utcTime ? readUtcTime(bytes, start, end) : readGeneralizedTime(bytes, start, end)
  if (time === undefined) throw derFailure(what, `${field}: malformed time`, field)
  return time
}

/** Two digits of the year: 50 to 99 belong to the twentieth century (RFC 5280 §4.1.2.5.1). */
function readUtcTime(bytes: Uint8Array, start: number, end: number): Date | undefined {
  if (end - start !== 13) return undefined
  const year = twoDigits(bytes, start)
  return readFrom(bytes, start + 2, year < 50 ? 2000 + year : 1900 + year)
}

function readGeneralizedTime(bytes: Uint8Array, start: number, end: number): Date | undefined {
  if (end - start !== 15) return undefined
  return readFrom(bytes, start + 4, 100 * twoDigits(bytes, start) + twoDigits(bytes, start + 2))
}

function readFrom(content: Uint8Array, at: number, year: number): Date | undefined {
  const month = twoDigits(content, at)
  const day = twoDigits(content, at + 2)
  const hour = twoDigits(content, at + 4)
  const minute = twoDigits(content, at + 6)
  const second = twoDigits(content, at + 8)
  if (content[at + 10] !== 0x5a || !(hour < 24 && minute < 60 && second < 60)) return undefined
  const time = new Date(0)
  time.setUTCFullYear(year, month - 1, day)
  time.setUTCHours(hour, minute, second)
  // Also false where a digit was none: NaN equals nothing.
  return time.getUTCMonth() === month - 1 && time.getUTCDate() === day && time.getUTCFullYear() === year
    ? time
    : undefined
}

function twoDigits(content: Uint8Array, at: number): number {
  return 10 * digit(content[at]) + digit(content[at + 1])
}

function digit(byte: number | undefined): number {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : Number.NaN
}
