// What the worker is doing, seen from outside: a target that hangs or exhausts memory cannot say so itself.

const headBytes = 8

/** Memory that both threads see: a count of inputs, the length of the last one, and its bytes. */
export class Watch {
  readonly memory: SharedArrayBuffer
  readonly #head: Int32Array
  readonly #bytes: Uint8Array

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(headBytes + (1 << 20))) {
    this.memory = memory
    this.#head = new Int32Array(memory, 0, 2)
    this.#bytes = new Uint8Array(memory, headBytes)
  }

  note(input: Uint8Array): void {
    const kept = input.subarray(0, this.#bytes.length)
    this.#bytes.set(kept)
    Atomics.store(this.#head, 1, kept.length)
    Atomics.add(this.#head, 0, 1)
  }

  get count(): number {
    return Atomics.load(this.#head, 0)
  }

  get input(): Uint8Array {
    return this.#bytes.slice(0, Atomics.load(this.#head, 1))
  }
}
