// Files of blobs that are open for reading, kept for a while.
import type { OpenFile } from './file-system.js'

interface Held {
  readonly file: OpenFile
  users: number
  isDropped: boolean
}

const maxIdle = 128

export class OpenBlobs {
  readonly #open: (blob: string) => Promise<OpenFile>
  readonly #held = new Map<string, Promise<Held>>()

  /** `open` fails for a blob that is not there. */
  constructor(open: (blob: string) => Promise<OpenFile>) {
    this.#open = open
  }

  /** The file stays open at least until `release`. */
  async borrow(blob: string): Promise<{ readonly file: OpenFile; release(): void }> {
    const held = await this.#hold(blob)
    held.users++
    let isReleased = false
    const release = () => {
      if (isReleased) return
      isReleased = true
      held.users--
      closeIfDone(held)
    }
    return { file: held.file, release }
  }

  /** Closes it when the last user is done. */
  drop(blob: string): void {
    const opening = this.#held.get(blob)
    this.#held.delete(blob)
    opening?.then(
      (held) => {
        held.isDropped = true
        closeIfDone(held)
      },
      () => undefined // told to whoever opened it
    )
  }

  dropAll(): void {
    for (const blob of this.#held.keys()) this.drop(blob)
  }

  async #hold(blob: string): Promise<Held> {
    const known = this.#held.get(blob)
    if (known !== undefined) {
      this.#held.delete(blob)
      this.#held.set(blob, known)
      return known
    }
    const opening = this.#open(blob).then((file) => ({ file, users: 0, isDropped: false }))
    this.#held.set(blob, opening)
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= maxIdle) break
      this.drop(oldest)
    }
    return opening.catch((error: unknown) => {
      this.#held.delete(blob)
      throw error
    })
  }
}

function closeIfDone(held: Held): void {
  if (!held.isDropped || held.users > 0) return
  held.file.close().catch(() => undefined) // it was only read
}
