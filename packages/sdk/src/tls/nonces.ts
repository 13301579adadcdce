// Nonces, out of blocks of random bytes: to ask for each by itself is among the dearest things that happen to a connection. They are no
// secrets, and each is given out once.
import { crypto } from '#crypto'
import { nonceBytes } from './transcript.js'

const blockBytes: number = 64 * nonceBytes

export class Nonces {
  #block: Uint8Array = new Uint8Array(0)
  #used = 0

  /** 32 bytes that nobody had before. */
  next(): Uint8Array {
    if (this.#used === this.#block.length) {
      this.#block = crypto.randomBytes(blockBytes)
      this.#used = 0
    }
    const start = this.#used
    this.#used += nonceBytes
    return this.#block.slice(start, this.#used)
  }
}
