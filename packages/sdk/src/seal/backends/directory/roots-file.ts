// The two root slots: one file of 8192 bytes, made whole before it counts. A writer begins with a copy of its own, so that a late write of the writer
// before it goes into a file that nobody reads any more.
import { createHash } from 'node:crypto'
import { concatBytes, isZero, SealError } from '../../../core/index.js'
import type { RootSlots } from '../backend.js'
import type { FileSystem, OpenFile } from './file-system.js'
import { createFile, openFile, readFully, removeFile, syncDirectory, writeFully } from './safe-files.js'

const slotBytes = 4096

export async function readRootsFile(fs: FileSystem, folder: string): Promise<RootSlots> {
  const file = await openFile(fs, pathOf(folder), 'read')
  if (file === undefined) return slotsOf(new Uint8Array(2 * slotBytes))
  try {
    return slotsOf(await readAll(file))
  } finally {
    await file.close()
  }
}

/** The root slots in the hands of the writer. */
export class RootsFile {
  readonly #fs: FileSystem
  readonly #folder: string
  #file: OpenFile

  private constructor(fs: FileSystem, folder: string, file: OpenFile) {
    this.#fs = fs
    this.#folder = folder
    this.#file = file
  }

  /**
   * Puts a copy in the place of the roots in `folder`. What the writer before us, who has lost his lease, wrote until the copy took its place is
   * taken along: he may have told somebody that it is durable.
   */
  static async takeOver(fs: FileSystem, folder: string): Promise<RootsFile> {
    const old = await openFile(fs, pathOf(folder), 'read')
    try {
      const before = old === undefined ? new Uint8Array(2 * slotBytes) : await readAll(old)
      const roots = new RootsFile(fs, folder, await replace(fs, folder, before))
      if (old !== undefined) await roots.#catchUp(before, old)
      return roots
    } finally {
      await old?.close()
    }
  }

  async read(): Promise<RootSlots> {
    return slotsOf(await readAll(this.#file))
  }

  /** The very first root comes whole or not at all: there is no other to fall back to. @throws SealError ERR_SEALED_CONFLICT */
  async swap(slot: 0 | 1, record: Uint8Array, expected: string): Promise<string> {
    const { slots, version } = await this.read()
    if (version !== expected) throw new SealError('ERR_SEALED_CONFLICT', 'directory: somebody else has written a root')
    const padded = new Uint8Array(slotBytes)
    padded.set(record)
    const next = slot === 0 ? ([padded, slots[1]] as const) : ([slots[0], padded] as const)
    if (slots.every(isZero)) await this.#replace(concatBytes(...next))
    else await writeFully(this.#file, padded, slot * slotBytes).then(() => this.#file.datasync())
    return versionOf(next)
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  async #catchUp(copied: Uint8Array, old: OpenFile): Promise<void> {
    try {
      const now = await readAll(old)
      if (Buffer.compare(copied, now) === 0) return
      await writeFully(this.#file, now, 0)
      await this.#file.datasync()
    } catch (error) {
      await this.close()
      throw error
    }
  }

  async #replace(bytes: Uint8Array): Promise<void> {
    const old = this.#file
    this.#file = await replace(this.#fs, this.#folder, bytes)
    await old.close()
  }
}

function pathOf(folder: string): string {
  return `${folder}/roots`
}

/** Whole and durable before it takes the place. */
async function replace(fs: FileSystem, folder: string, bytes: Uint8Array): Promise<OpenFile> {
  const temporary = `${pathOf(folder)}-next`
  await removeFile(fs, temporary)
  const file = await createFile(fs, temporary)
  try {
    await writeFully(file, bytes, 0)
    await file.sync()
    await fs.rename(temporary, pathOf(folder))
    await syncDirectory(fs, folder)
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

/** With zeros in the place of what is not there. */
async function readAll(file: OpenFile): Promise<Uint8Array> {
  const bytes = new Uint8Array(2 * slotBytes)
  bytes.set(await readFully(file, 0, bytes.length))
  return bytes
}

function slotsOf(bytes: Uint8Array): RootSlots {
  const slots = [bytes.slice(0, slotBytes), bytes.slice(slotBytes)] as const
  return { slots, version: versionOf(slots) }
}

function versionOf(slots: readonly [Uint8Array, Uint8Array]): string {
  return createHash('sha256').update(slots[0]).update(slots[1]).digest('hex')
}
