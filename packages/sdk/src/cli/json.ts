// Results as JSON for programs: bytes in hex, dates in ISO 8601, big integers as decimal text.
import { toHex } from '../core/index.js'

export function toJson(value: unknown): string {
  return `${JSON.stringify(plain(value), undefined, 2)}\n`
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return toHex(value)
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Error) return value.message
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]))
}
