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

/** `any`, or values of `bytes` bytes. */
export function readDigests(reader: PolicyReader, bytes: number): AcceptedDigests {
  return reader.anyOr((element) => readNamedDigest(element, bytes))
}
