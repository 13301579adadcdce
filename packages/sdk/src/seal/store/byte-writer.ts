// Bytes of a record in the making: fixed-size numbers in big endian order, and byte strings.

/** Grows as needed. */
export class ByteWriter {
  #bytes: Uint8Array
  #view: DataView
  #length = 0

  /** `capacity`: what is expected, in bytes. */
  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity)
    this.#view = new DataView(this.#bytes.buffer)
  }

  get length(): number {
    return this.#length
  }

  u8(value: number): void {
    const at = this.#reserve(1)
    this.#view.setUint8(at, value)
  }

  u16(value: number): void {
    const at = this.#reserve(2)
    this.#view.setUint16(at, value)
  }

  u32(value: number): void {
    const at = this.#reserve(4)
    this.#view.setUint32(at, value)
  }

  u64(value: bigint): void {
    const at = this.#reserve(8)
    this.#view.setBigUint64(at, value)
  }

  /** A safe integer as eight bytes. */
  size(value: number): void {
    const at = this.#reserve(8)
    this.#view.setUint32(at, Math.floor(value / 0x100000000))
    this.#view.setUint32(at + 4, value % 0x100000000)
  }

  f64(value: number): void {
    const at = this.#reserve(8)
    this.#view.setFloat64(at, value)
  }

  bytes(value: Uint8Array): void {
    const at = this.#reserve(value.length)
    this.#bytes.set(value, at)
  }

  zeros(count: number): void {
    this.#reserve(count)
  }

  /** A copy of all of it. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  #reserve(count: number): number {
    const at = this.#length
    this.#length += count
    if (this.#length > this.#bytes.length) this.#grow()
    return at
  }

  #grow(): void {
    const larger = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length))
    larger.set(this.#bytes)
    this.#bytes = larger
    this.#view = new DataView(larger.buffer)
  }
}
