// Option bags are checked once, at the door. A wrong option is a UsageError before anything else happens.
import { UsageError } from './errors.js'

type Plain = Readonly<Record<string, unknown>>

/** @throws UsageError ERR_USAGE_OPTION when `value` is no plain object or has a key that is not in `keys`. */
export function expectOptions<T extends object>(value: T, keys: readonly (keyof T & string)[], name: string): T {
  if (!isPlainObject(value)) throw wrong(name, 'an object', value)
  for (const key of Object.keys(value)) {
    if (!(keys as readonly string[]).includes(key)) {
      throw new UsageError('ERR_USAGE_OPTION', `${name}: unknown option '${key}', expected one of ${keys.join(', ')}`, {
        details: { field: key }
      })
    }
  }
  return value
}

export function isPlainObject(value: unknown): value is Plain {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** @throws UsageError ERR_USAGE_OPTION unless `value` is a Uint8Array of `length` bytes (or within `[min, max]`). */
export function expectBytes(
  value: unknown,
  length: number | readonly [min: number, max: number],
  name: string
): Uint8Array {
  const [min, max] = typeof length === 'number' ? [length, length] : length
  if (!(value instanceof Uint8Array) || value.length < min || value.length > max) {
    throw wrong(name, min === max ? `${min} bytes (Uint8Array)` : `${min} to ${max} bytes (Uint8Array)`, value)
  }
  return value
}

export function expectString(value: unknown, name: string): string {
  if (typeof value !== 'string') throw wrong(name, 'a string', value)
  return value
}

/** An integer within `[min, max]`. */
export function expectInteger(value: unknown, range: readonly [min: number, max: number], name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < range[0] || value > range[1]) {
    throw wrong(name, `an integer from ${range[0]} to ${range[1]}`, value)
  }
  return value
}

export function expectBoolean(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw wrong(name, 'true or false', value)
  return value
}

export function expectFunction<T>(value: T, name: string): T {
  if (typeof value !== 'function') throw wrong(name, 'a function', value)
  return value
}

export function expectDate(value: unknown, name: string): Date {
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) throw wrong(name, 'a valid Date', value)
  return value
}

export function expectOneOf<T extends string>(value: unknown, choices: readonly T[], name: string): T {
  if (typeof value !== 'string' || !(choices as readonly string[]).includes(value)) {
    throw wrong(name, `one of ${choices.join(', ')}`, value)
  }
  return value as T // checked above against the list
}

function wrong(name: string, expected: string, value: unknown): UsageError {
  const actual = describe(value)
  return new UsageError('ERR_USAGE_OPTION', `${name}: expected ${expected}, found ${actual}`, {
    details: { field: name, expected, actual }
  })
}

/** The kind of a value, without its content: it may be a secret. */
function describe(value: unknown): string {
  if (value === null) return 'null'
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (value instanceof Date) return 'an invalid Date'
  return Array.isArray(value) ? 'an array' : typeof value
}
