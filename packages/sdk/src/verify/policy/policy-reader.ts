// Walks a policy document: every value has a path for messages, every key must be taken, nothing has a silent default.
import { fromHex, isHex, isPlainObject, toHex, UsageError } from '../../core/index.js'
import { toPrintable } from '../../encoding/index.js'

type MemberReaders = Readonly<Record<string, (member: PolicyReader) => unknown>>

export class PolicyReader {
  readonly path: string
  readonly #value: unknown
  readonly #taken = new Set<string>()

  constructor(value: unknown, path: string) {
    this.#value = value
    this.path = path
  }

  /** The member, which must be there. */
  required(key: string): PolicyReader {
    const member = this.optional(key)
    if (member === undefined) throw this.#wrong(`is missing; spell 'any' where it does not matter`, key)
    return member
  }

  optional(key: string): PolicyReader | undefined {
    const object = this.#object()
    this.#taken.add(key)
    return Object.hasOwn(object, key) ? new PolicyReader(object[key], join(this.path, key)) : undefined
  }

  /** What each of these reads, of the members that are there. */
  members<R extends MemberReaders>(readers: R): { readonly [K in keyof R]?: ReturnType<R[K]> } {
    const found: Record<string, unknown> = {}
    for (const [key, read] of Object.entries(readers)) {
      const member = this.optional(key)
      if (member !== undefined) found[key] = read(member)
    }
    return found as { [K in keyof R]?: ReturnType<R[K]> } // each key holds what its own reader gave
  }

  /** Refuses every key that was not asked for. */
  end(): void {
    const unknown = Object.keys(this.#object()).find((key) => !this.#taken.has(key))
    if (unknown !== undefined) throw this.#wrong('is not a known key', unknown)
  }

  keys(): readonly string[] {
    return Object.keys(this.#object())
  }

  get isObject(): boolean {
    return isPlainObject(this.#value)
  }

  get isEmptyList(): boolean {
    return Array.isArray(this.#value) && this.#value.length === 0
  }

  is(value: string | boolean | number): boolean {
    return this.#value === value
  }

  boolean(): boolean {
    if (typeof this.#value !== 'boolean') throw this.fail('true or false')
    return this.#value
  }

  integer(min: number, max: number): number {
    const value = this.#value
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
      throw this.fail(`an integer from ${min} to ${max}`)
    }
    return value
  }

  string(): string {
    if (typeof this.#value !== 'string') throw this.fail('a string')
    return this.#value
  }

  oneOf<T extends string>(choices: readonly T[]): T {
    const choice = choices.find((candidate) => candidate === this.#value)
    if (choice === undefined) throw this.fail(`one of ${choices.join(', ')}`)
    return choice
  }

  /** Hex in either case, of one of these lengths in bytes; returned in lower case. */
  hex(...lengths: readonly number[]): string {
    const text = this.string()
    if (!isHex(text) || !lengths.includes(text.length / 2)) throw this.fail(`hex of ${lengths.join(' or ')} bytes`)
    return toHex(fromHex(text))
  }

  /** A list with at least one element. */
  list<T>(read: (element: PolicyReader) => T): readonly T[] {
    if (!Array.isArray(this.#value) || this.#value.length === 0) throw this.fail('a list that is not empty')
    return this.#value.map((element, i) => read(new PolicyReader(element, `${this.path}[${i}]`)))
  }

  /** The word `any`, or a list with at least one element. */
  anyOr<T>(read: (element: PolicyReader) => T): 'any' | readonly T[] {
    if (this.#value === 'any') return 'any'
    if (!Array.isArray(this.#value)) throw this.fail(`'any' or a list`)
    return this.list(read)
  }

  fail(expected: string): UsageError {
    return this.#wrong(`expected ${expected}`)
  }

  #object(): Readonly<Record<string, unknown>> {
    if (!isPlainObject(this.#value)) throw this.fail('an object')
    return this.#value
  }

  #wrong(message: string, key?: string): UsageError {
    const path = key === undefined ? this.path : join(this.path, key)
    return new UsageError('ERR_USAGE_POLICY', `policy: ${path === '' ? '' : `${path} `}${message}`, {
      details: { field: path }
    })
  }
}

/** Keys are whatever the document says: messages get a short and printable form of them. */
function join(path: string, key: string): string {
  const name = toPrintable(key)
  return path === '' ? name : `${path}.${name}`
}
