// Expected against actual values. Every expected one must be there; what is there beside them does not matter.
import type { Finding } from './case.js'

export function compareClaims(expected: unknown, actual: unknown, path: string): readonly Finding[] {
  if (isObject(expected) && isObject(actual)) {
    return Object.keys(expected).flatMap((key) => compareClaims(expected[key], actual[key], join(path, key)))
  }
  const [wanted, found] = [format(expected), format(actual)]
  return wanted === found ? [] : [{ what: path, expected: wanted, actual: found }]
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function format(value: unknown): string {
  return JSON.stringify(value) ?? 'nothing'
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}
