// Accepted values of a register, with names for people.
import type { PolicyReader } from './policy/policy-reader.js'

/** A value with a name for people, for example the image that it belongs to. */
export interface NamedDigest {
  readonly digest: string
  readonly name?: string
}

export type AcceptedDigests = 'any' | readonly NamedDigest[]

/** Hex of `bytes` bytes, or an object with `digest` and `name`. */
export function readNamedDigest(reader: PolicyReader, bytes: number): NamedDigest {
  if (!reader.isObject) return { digest: reader.hex(bytes) }
  const digest = reader.required('digest').hex(bytes)
  const name = reader.optional('name')?.string()
  reader.end()
  return name === undefined ? { digest } : { digest, name }
}

export function isAccepted(accepted: AcceptedDigests, actual: string): boolean {
  return accepted === 'any' || accepted.some(({ digest }) => digest === actual)
}

/** `one of 4c1f… (shop-api 1.8.2), …` */
export function formatAccepted(accepted: AcceptedDigests): string {
  if (accepted === 'any') return 'any'
  return `one of ${accepted.map(({ digest, name }) => (name === undefined ? digest : `${digest} (${name})`)).join(', ')}`
}
