// Reads the fields of a CBOR map from a peer, each by its number. What is not asked for must not be there.
import { EvidenceError } from '../core/index.js'
import { type CborMap, type CborValue, isCborMap } from '../encoding/index.js'

type Range = readonly [min: number, max: number]

/** All failures are EvidenceError ERR_TLS_PROTOCOL and name the structure and the field. */
export class FieldReader {
  readonly #map: CborMap
  readonly #what: string
  readonly #read = new Set<number>()

  constructor(map: CborMap, what: string) {
    this.#map = map
    this.#what = what
  }

  has(key: number): boolean {
    return this.#map.has(key)
  }

  integer(key: number, [min, max]: Range, name: string): number {
    const value = this.#take(key)
    if (typeof value === 'number' && value >= min && value <= max) return value
    throw this.fail(`${name}: expected an integer from ${min} to ${max}`, name)
  }

  /** Present means true; false is never written. */
  flag(key: number, name: string): boolean {
    if (!this.has(key)) return false
    if (this.#take(key) === true) return true
    throw this.fail(`${name}: expected true, or nothing`, name)
  }

  bytes(key: number, [min, max]: Range, name: string): Uint8Array {
    return this.#expectBytes(this.#take(key), [min, max], name)
  }

  listOfBytes(key: number, limits: { readonly maxItems: number; readonly bytes: number }, name: string): Uint8Array[] {
    const { maxItems, bytes } = limits
    return this.#list(key, maxItems, name).map((item) => this.#expectBytes(item, [bytes, bytes], name))
  }

  /** Different integers of `range`. */
  listOfIntegers(key: number, [min, max]: Range, name: string): number[] {
    const values = this.#list(key, max - min + 1, name).map((value) => {
      if (typeof value === 'number' && value >= min && value <= max) return value
      throw this.fail(`${name}: expected integers from ${min} to ${max}`, name)
    })
    if (new Set(values).size !== values.length) throw this.fail(`${name}: expected each once`, name)
    return values
  }

  map(key: number, name: string): CborMap {
    const value = this.#take(key)
    if (value !== undefined && isCborMap(value)) return value
    throw this.fail(`${name}: expected a map`, name)
  }

  /** Refuses every field that was not read. */
  end(): void {
    for (const key of this.#map.keys()) {
      if (typeof key !== 'number' || !this.#read.has(key)) throw this.fail('a field that does not belong here')
    }
  }

  fail(message: string, field?: string): EvidenceError {
    return new EvidenceError('ERR_TLS_PROTOCOL', `${this.#what}: ${message}`, {
      details: field === undefined ? {} : { field }
    })
  }

  #list(key: number, maxItems: number, name: string): readonly CborValue[] {
    const value = this.#take(key)
    if (Array.isArray(value) && value.length <= maxItems) return value
    throw this.fail(`${name}: expected a list of at most ${maxItems}`, name)
  }

  #expectBytes(value: CborValue | undefined, [min, max]: Range, name: string): Uint8Array {
    if (value instanceof Uint8Array && value.length >= min && value.length <= max) return value
    throw this.fail(`${name}: expected ${min === max ? min : `${min} to ${max}`} bytes`, name)
  }

  #take(key: number): CborValue | undefined {
    this.#read.add(key)
    return this.#map.get(key)
  }
}
