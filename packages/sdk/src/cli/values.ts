// Values of options: hex, and points in time.
import { fromHex, isHex, UsageError } from '../core/index.js'

/** Bytes from hex of `[min, max]` bytes. @throws UsageError ERR_USAGE_OPTION */
export function expectHex(text: string, [min, max]: readonly [min: number, max: number], option: string): Uint8Array {
  const length = text.length / 2
  if (isHex(text) && length >= min && length <= max) return fromHex(text)
  const expected = `hex of ${min === max ? min : `${min} to ${max}`} bytes`
  throw wrongValue(option, expected, isHex(text) ? `${length} bytes` : 'other text')
}

const iso = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/

/** A day, or a time with its zone. @throws UsageError ERR_USAGE_OPTION */
export function expectTime(text: string, option: string): Date {
  const time = new Date(iso.test(text) ? text : Number.NaN)
  if (!Number.isNaN(time.getTime()) && isRealDay(text)) return time
  throw wrongValue(option, 'a time such as 2026-11-25T12:00:00Z, or a day', 'other text')
}

/** `Date` takes the 31st of February for a day in March. */
function isRealDay(text: string): boolean {
  const day = text.slice(0, 10)
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day)
}

function wrongValue(option: string, expected: string, actual: string): UsageError {
  return new UsageError('ERR_USAGE_OPTION', `${option}: expected ${expected}, found ${actual}`, {
    details: { field: option }
  })
}
