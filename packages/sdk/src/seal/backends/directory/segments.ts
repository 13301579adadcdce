// Small objects one after the other in a file, the segment. A process begins its own: what a crash left at the end of another is garbage.
import { concatBytes } from '../../../core/index.js'
import type { Place } from '../backend.js'
import { createBlobName } from '../pending-segments.js'
import type { FileSystem, OpenFile } from './file-system.js'
import { createFile, writeFully } from './safe-files.js'

/** A new file is begun behind this. */
const maxSegmentBytes = 64 << 20
/** What waits for a flush in memory. */
const maxWaitingBytes = 1 << 20

interface Segment {
  readonly blob: string
  /** With what waits. */
  length: number
  written: number
  file: OpenFile | undefined
}

export class SegmentWriter {
  readonly #fs: FileSystem
  readonly #pathOf: (blob: string) => string
  #segment: Segment = begin()
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #writing: Promise<void> = Promise.resolve()
  /** Complete, but not durable yet. */
  #full: Segment[] = []
  #hasNewFile = false
  #inFlight: string | undefined

  constructor(fs: FileSystem, pathOf: (blob: string) => string) {
    this.#fs = fs
    this.#pathOf = pathOf
  }

  async append(parts: readonly Uint8Array[]): Promise<readonly Place[]> {
    const { blob } = this.#segment
    const places = parts.map((part) => {
      const place = { blob, offset: this.#segment.length }
      this.#segment.length += part.length
      this.#waiting.push(part)
      this.#waitingBytes += part.length
      return place
    })
    if (this.#waitingBytes > maxWaitingBytes) await this.#write()
    return places
  }

  /** True when a file has been made since the last time. */
  async flush(): Promise<boolean> {
    await this.#write()
    const [full, current] = [this.#full.splice(0), this.#segment.file]
    const isNew = this.#hasNewFile
    this.#hasNewFile = false
    for (const { file } of full) await file?.datasync().finally(() => file.close())
    await current?.datasync()
    return isNew
  }

  /** Writes what somebody is about to read, where that is still possible: else the read tells how much is there. */
  async settle(blob: string): Promise<void> {
    const isWaiting = blob === this.#segment.blob && this.#waitingBytes > 0
    if (isWaiting || blob === this.#inFlight) await this.#write().catch(() => undefined)
  }

  async close(): Promise<void> {
    await this.#writing.catch(() => undefined) // its failure was told to whoever wrote
    for (const { file } of [...this.#full.splice(0), this.#segment]) await file?.close()
    this.#segment = begin()
    this.#waiting = []
    this.#waitingBytes = 0
  }

  /** One at a time, in order. After a failure nothing more is written: places would not be true. */
  #write(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#writeWaiting())
    return this.#writing
  }

  async #writeWaiting(): Promise<void> {
    if (this.#waiting.length === 0) return
    const segment = this.#segment
    const bytes = concatBytes(...this.#waiting)
    this.#waiting = []
    this.#waitingBytes = 0
    if (segment.length >= maxSegmentBytes) this.#segment = begin()
    segment.file ??= await this.#create(segment.blob)
    this.#inFlight = segment.blob
    await writeFully(segment.file, bytes, segment.written)
    this.#inFlight = undefined
    segment.written += bytes.length
    if (segment !== this.#segment) this.#full.push(segment)
  }

  async #create(blob: string): Promise<OpenFile> {
    const file = await createFile(this.#fs, this.#pathOf(blob))
    this.#hasNewFile = true
    return file
  }
}

function begin(): Segment {
  return { blob: createBlobName(), length: 0, written: 0, file: undefined }
}
