// The two root slots: one file of 8192 bytes, made whole before it counts. A writer begins with a copy of its own, so that a late write of the writer
// before it goes into a file that nobody reads any more.
import { createHash } from 'node:crypto'
import { SealError } from '../../../core/index.js'
import type { RootSlots } from '../backend.js'
import type { FileSystem, OpenFile } from './file-system.js'
import { createFile, openFile, readFully, removeFile, syncDirectory, writeFully } from './safe-files.js'

const slotBytes = 4096

export async function readRootsFile(fs: FileSystem, path: string): Promise<RootSlots> {
  const file = await openFile(fs, path, 'read')
  if (file === undefined) return slotsOf(new Uint8Array(0))
  try {
    return slotsOf(await readAll(file))
  } finally {
    await file.close()
  }
}

/** The root slots in the hands of the writer. */
export class RootsFile {
  readonly #file: OpenFile

  private constructor(file: OpenFile) {
    this.#file = file
  }

  /**
   * Puts a copy in the place of `path`. What the writer before us, who has lost his lease, wrote until the copy took its place is taken along:
   * he may have told somebody that it is durable.
   */
  static async takeOver(fs: FileSystem, folder: string, path: string, temporary: string): Promise<RootsFile> {
    await removeFile(fs, temporary)
    const old = await openFile(fs, path, 'read')
    const file = await createFile(fs, temporary)
    try {
      const before = await copy(old, file)
      await file.sync()
      await fs.rename(temporary, path)
      await syncDirectory(fs, folder)
      if (old !== undefined && !isSame(before, await readAll(old))) await copy(old, file).then(() => file.datasync())
      return new RootsFile(file)
    } catch (error) {
      await file.close()
      throw error
    } finally {
      await old?.close()
    }
  }

  async read(): Promise<RootSlots> {
    return slotsOf(await readAll(this.#file))
  }

  /** @throws SealError ERR_SEALED_CONFLICT */
  async swap(slot: 0 | 1, record: Uint8Array, expected: string): Promise<string> {
    const { slots, version } = await this.read()
    if (version !== expected) throw new SealError('ERR_SEALED_CONFLICT', 'directory: somebody else has written a root')
    const padded = new Uint8Array(slotBytes)
    padded.set(record)
    await writeFully(this.#file, padded, slot * slotBytes)
    await this.#file.datasync()
    return versionOf(slot === 0 ? [padded, slots[1]] : [slots[0], padded])
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}

function readAll(file: OpenFile): Promise<Uint8Array> {
  return readFully(file, 0, 2 * slotBytes)
}

/** Answers what was copied. */
async function copy(from: OpenFile | undefined, to: OpenFile): Promise<Uint8Array> {
  const bytes = new Uint8Array(2 * slotBytes)
  if (from !== undefined) bytes.set(await readAll(from))
  await writeFully(to, bytes, 0)
  return bytes
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

function slotsOf(bytes: Uint8Array): RootSlots {
  const whole = new Uint8Array(2 * slotBytes)
  whole.set(bytes)
  const slots = [whole.slice(0, slotBytes), whole.slice(slotBytes)] as const
  return { slots, version: versionOf(slots) }
}

function versionOf(slots: readonly [Uint8Array, Uint8Array]): string {
  return createHash('sha256').update(slots[0]).update(slots[1]).digest('hex')
}
