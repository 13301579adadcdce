// Reads members of signed JSON by name and type. What is missing or of another type is an error that names the path.
import { EvidenceError, fromHex, isHex, isPlainObject } from '../../core/index.js'

export class JsonShape {
  readonly #object: Readonly<Record<string, unknown>>
  readonly #parent: JsonShape | undefined
  readonly #name: string

  /** @param name within `parent`, for messages: `.tcb` or `.tcbLevels[3]` */
  constructor(value: unknown, name: string, parent?: JsonShape) {
    this.#name = name
    this.#parent = parent
    if (!isPlainObject(value)) throw malformed(this.path, 'an object')
    this.#object = value
  }

  /** Put together only for messages: a TCB info has a thousand objects. */
  get path(): string {
    return `${this.#parent?.path ?? ''}${this.#name}`
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#object, name)
  }

  object(name: string): JsonShape {
    return new JsonShape(this.#get(name), `.${name}`, this)
  }

  /** At most `max` objects. */
  objects(name: string, max: number): JsonShape[] {
    const value = this.#get(name)
    if (!Array.isArray(value) || value.length > max)
      throw malformed(this.#pathOf(name), `an array of at most ${max} objects`)
    return value.map((item, index) => new JsonShape(item, `.${name}[${index}]`, this))
  }

  /** From each of exactly `count` objects the integer `member`. A TCB info has hundreds of them: no shape is made for each. */
  integersOf(name: string, member: string, count: number, max: number): number[] {
    const value = this.#get(name)
    if (!Array.isArray(value) || value.length !== count)
      throw malformed(this.#pathOf(name), `an array of ${count} objects`)
    return value.map((item: unknown, index) => {
      const found = isPlainObject(item) && Object.hasOwn(item, member) ? item[member] : undefined
      if (isIntegerUpTo(found, max)) return found
      throw malformed(`${this.#pathOf(name)}[${index}].${member}`, `an integer from 0 to ${max}`)
    })
  }

  /** At most 256 strings; none where the member is absent. */
  strings(name: string): string[] {
    if (!this.has(name)) return []
    const value = this.#get(name)
    if (
      !Array.isArray(value) ||
      value.length > 256 ||
      !value.every((item) => typeof item === 'string' && item.length <= 64)
    ) {
      throw malformed(this.#pathOf(name), 'an array of short strings')
    }
    return value
  }

  string(name: string): string {
    const value = this.#get(name)
    if (typeof value !== 'string') throw malformed(this.#pathOf(name), 'a string')
    return value
  }

  integer(name: string, max: number): number {
    const value = this.#get(name)
    if (isIntegerUpTo(value, max)) return value
    throw malformed(this.#pathOf(name), `an integer from 0 to ${max}`)
  }

  /** Hex of exactly `length` bytes, in either case. */
  bytes(name: string, length: number): Uint8Array {
    const text = this.string(name)
    if (text.length !== 2 * length || !isHex(text)) throw malformed(this.#pathOf(name), `hex of ${length} bytes`)
    return fromHex(text)
  }

  /** `YYYY-MM-DDThh:mm:ssZ`, a time that exists. */
  date(name: string): Date {
    const text = this.string(name)
    const date = new Date(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? text : Number.NaN)
    if (Number.isNaN(date.getTime()) || date.getUTCDate() !== Number(text.slice(8, 10))) {
      throw malformed(this.#pathOf(name), 'a time such as 2026-01-31T00:00:00Z')
    }
    return date
  }

  #get(name: string): unknown {
    if (!this.has(name)) throw malformed(this.#pathOf(name), 'to be present')
    return this.#object[name]
  }

  #pathOf(name: string): string {
    return `${this.path}.${name}`
  }
}

function isIntegerUpTo(value: unknown, max: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= max
}

/** The error for a member that is not as expected. */
export function malformed(path: string, expected: string): EvidenceError {
  return new EvidenceError('ERR_COLLATERAL_FORMAT', `${path}: expected ${expected}`, {
    details: { field: path, expected }
  })
}
