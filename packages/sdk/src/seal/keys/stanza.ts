// What all stanzas have in common: their parameters as deterministic CBOR with text for keys, and the bytes that tie a wrapped key to them.
import { concatBytes, EvidenceError, lengthPrefixed, SealError, utf8 } from '../../core/index.js'
import { encodeCbor } from '../../encoding/cbor-encode.js'
import { type CborMap, type CborValue, isCborMap, parseCbor } from '../../encoding/index.js'
import type { Stanza, WrapContext } from './key-source.js'

/** Of a key that a source wraps. */
export const keyBytes = 32

export const maxParameterBytes = 16_384
export const maxBodyBytes = 4096

/** 1 to 64 of a-z, 0-9, `-`. */
export const kindPattern: RegExp = /^[a-z0-9-]{1,64}$/

const limits = { maxBytes: maxParameterBytes, maxDepth: 4, maxItems: 256, requireSortedKeys: true } as const

export function encodeParameters(parameters: Readonly<Record<string, CborValue>>): Uint8Array {
  return encodeCbor(new Map(Object.entries(parameters)))
}

/**
 * The parameters of a stanza: all of `names`, any of `optional`, nothing else.
 * @throws SealError ERR_SEALED_FORMAT
 */
export function parseParameters(
  stanza: Stanza,
  names: readonly string[],
  optional: readonly string[] = []
): ReadonlyMap<string, CborValue> {
  const map = parseMap(stanza)
  const known = new Map<string, CborValue>()
  for (const [name, value] of map) {
    if (typeof name !== 'string' || !(names.includes(name) || optional.includes(name))) {
      throw malformed(stanza.kind, 'an unknown parameter')
    }
    known.set(name, value)
  }
  for (const name of names) if (!known.has(name)) throw malformed(stanza.kind, `no parameter ${name}`)
  return known
}

/** @throws SealError ERR_SEALED_FORMAT */
export function parseMap(stanza: Stanza): CborMap {
  try {
    const value = parseCbor(stanza.parameters, `slot of kind ${stanza.kind}`, limits)
    if (isCborMap(value)) return value
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error
    throw new SealError('ERR_SEALED_FORMAT', error.message)
  }
  throw malformed(stanza.kind, 'parameters that are no map')
}

/** @throws SealError ERR_SEALED_FORMAT unless it is bytes of that length, or of one within the range */
export function expectBytesIn(
  stanza: Stanza,
  value: CborValue | undefined,
  length: number | readonly [min: number, max: number]
): Uint8Array {
  const [min, max] = typeof length === 'number' ? [length, length] : length
  if (value instanceof Uint8Array && value.length >= min && value.length <= max) return value
  throw malformed(stanza.kind, `a parameter that is not ${min === max ? min : `${min} to ${max}`} bytes`)
}

/** @throws SealError ERR_SEALED_FORMAT */
export function expectIntegerIn(stanza: Stanza, value: CborValue | undefined, min: number, max: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) return value
  throw malformed(stanza.kind, `a number that is not from ${min} to ${max}`)
}

export function malformed(kind: string, found: string): SealError {
  return new SealError('ERR_SEALED_FORMAT', `slot of kind ${kind}: found ${found}`)
}

/** A slot that is for this source and does not open. */
export function unopened(kind: string, reason: string, cause?: unknown): SealError {
  return new SealError('ERR_SEALED_KEY', `slot of kind ${kind}: ${reason}`, cause === undefined ? {} : { cause })
}

const bindingLabel = utf8('stanza')

/** Everything around the wrapped key. */
export function bindingOf(kind: string, parameters: Uint8Array, context: WrapContext): Uint8Array {
  const epoch = new Uint8Array(4)
  new DataView(epoch.buffer).setUint32(0, context.epoch)
  return concatBytes(...[bindingLabel, utf8(kind), parameters, context.storeId, epoch].map(lengthPrefixed))
}
