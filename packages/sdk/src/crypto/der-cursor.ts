// The little DER that keys and signatures need (X.690 §8, §10): tags of one byte, definite minimal lengths, nothing else.
import type { EvidenceError } from '../core/index.js'

export const derTag = { integer: 0x02, bitString: 0x03, null: 0x05, oid: 0x06, sequence: 0x30 } as const

/** Walks one level of DER. `fail` makes the error, so that each caller names what it reads. */
export class DerCursor {
  readonly #bytes: Uint8Array
  readonly #fail: (message: string) => EvidenceError
  #offset = 0

  constructor(bytes: Uint8Array, fail: (message: string) => EvidenceError) {
    this.#bytes = bytes
    this.#fail = fail
  }

  get isAtEnd(): boolean {
    return this.#offset === this.#bytes.length
  }

  /** The content of the next element, as a view; it must have this tag. */
  content(tag: number, what: string): Uint8Array {
    if (this.#byte(what) !== tag) throw this.#fail(`${what} must have tag 0x${tag.toString(16).padStart(2, '0')}`)
    const length = this.#length(what)
    if (length > this.#bytes.length - this.#offset) throw this.#fail(`${what} is cut short`)
    this.#offset += length
    return this.#bytes.subarray(this.#offset - length, this.#offset)
  }

  inside(tag: number, what: string): DerCursor {
    return new DerCursor(this.content(tag, what), this.#fail)
  }

  /** The magnitude of a positive INTEGER in its shortest form, without the sign byte. */
  positiveInteger(what: string): Uint8Array {
    const content = this.content(derTag.integer, what)
    const [first, second] = content
    if (first === undefined || first >= 0x80) throw this.#fail(`${what} must be positive`)
    if (first !== 0) return content
    if (second === undefined) throw this.#fail(`${what} must not be zero`)
    if (second < 0x80) throw this.#fail(`${what} has a needless leading zero`)
    return content.subarray(1)
  }

  end(what: string): void {
    if (!this.isAtEnd) throw this.#fail(`unexpected bytes after ${what}`)
  }

  #byte(what: string): number {
    const byte = this.#bytes[this.#offset++]
    if (byte === undefined) throw this.#fail(`${what} is missing`)
    return byte
  }

  /** At most two length bytes: no key and no signature of ours is longer than 64 KiB. */
  #length(what: string): number {
    const first = this.#byte(what)
    if (first < 0x80) return first
    if (first !== 0x81 && first !== 0x82) throw this.#fail(`${what} has a length that is not accepted`)
    const length = first === 0x81 ? this.#byte(what) : this.#byte(what) * 256 + this.#byte(what)
    if (length < (first === 0x81 ? 0x80 : 0x100))
      throw this.#fail(`${what} has a length that is not in its shortest form`)
    return length
  }
}
