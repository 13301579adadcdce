// What was written to a file through handles and is in no object yet: pages of 64 KiB, each with one stretch that was written.

const pageBytes = 65_536

interface Page {
  readonly bytes: Uint8Array
  /** What was written lies in `[from, to)`. */
  from: number
  to: number
}

/** A stretch that was written. */
export interface DirtyStretch {
  readonly at: number
  readonly bytes: Uint8Array
}

/** Reads what the file held before, to fill a gap between two writes to one page. */
export type ReadBelow = (target: Uint8Array, at: number) => Promise<void>

export class DirtyPages {
  readonly #pages = new Map<number, Page>()
  #end = 0

  /** Memory that is taken. */
  get bytes(): number {
    return this.#pages.size * pageBytes
  }

  get isEmpty(): boolean {
    return this.#pages.size === 0
  }

  /** Where the last written byte ends; 0 when nothing was written. */
  get end(): number {
    return this.#end
  }

  /** Copies `data`, which begins at `at` in the file. The caller has no other `write` under way. */
  async write(data: Uint8Array, at: number, readBelow: ReadBelow): Promise<void> {
    for (let done = 0; done < data.length; ) {
      const index = Math.floor((at + done) / pageBytes)
      const from = at + done - index * pageBytes
      const part = data.subarray(done, done + pageBytes - from)
      await this.#writePage(index, from, part, readBelow)
      done += part.length
      this.#end = Math.max(this.#end, at + done)
    }
  }

  /** The written parts of `[at, at + length)`, in order. Views, for the moment. */
  stretches(at: number, length: number): readonly DirtyStretch[] {
    const found: DirtyStretch[] = []
    const last = Math.floor((at + length - 1) / pageBytes)
    for (const index of this.#indexes(Math.floor(at / pageBytes), last)) {
      const page = this.#pages.get(index)
      if (page === undefined) continue
      const start = index * pageBytes
      const from = Math.max(page.from, at - start)
      const to = Math.min(page.to, at + length - start)
      if (from < to) found.push({ at: start + from, bytes: page.bytes.subarray(from, to) })
    }
    return found
  }

  /** Everything that was written, in order; nothing is left. */
  take(): readonly DirtyStretch[] {
    const all = this.#end === 0 ? [] : this.stretches(0, this.#end)
    this.clear()
    return all
  }

  clear(): void {
    this.#pages.clear()
    this.#end = 0
  }

  /** Of few pages the pages are asked, of a short stretch the stretch. */
  #indexes(first: number, last: number): readonly number[] {
    if (last - first < this.#pages.size) return Array.from({ length: last - first + 1 }, (_, i) => first + i)
    return [...this.#pages.keys()].filter((index) => index >= first && index <= last).sort((a, b) => a - b)
  }

  async #writePage(index: number, from: number, part: Uint8Array, readBelow: ReadBelow): Promise<void> {
    const to = from + part.length
    const page = this.#pages.get(index)
    if (page === undefined) {
      const bytes = new Uint8Array(pageBytes)
      bytes.set(part, from)
      this.#pages.set(index, { bytes, from, to })
      return
    }
    if (from > page.to) await readBelow(page.bytes.subarray(page.to, from), index * pageBytes + page.to)
    if (to < page.from) await readBelow(page.bytes.subarray(to, page.from), index * pageBytes + to)
    page.bytes.set(part, from)
    page.from = Math.min(page.from, from)
    page.to = Math.max(page.to, to)
  }
}
