// The lock of a directory: a file that names its holder and is written again every few seconds. Nobody waits for a holder that lives; one that is known
// to be dead is replaced at once, and one that cannot be seen (another container, machine or boot) when it has been silent for long enough.
import { UnavailableError } from '../../../core/index.js'
import type { WriterLease } from '../backend.js'
import { createBlobName } from '../pending-segments.js'
import { codeOf, type FileSystem, type OpenFile } from './file-system.js'
import { encodeHolder, type Holder, type Life, parseHolder } from './holder.js'
import { createFile, openFile, readFully, removeFile, syncDirectory, writeFully } from './safe-files.js'

export interface LockPlatform {
  readonly describeSelf: () => Holder
  readonly isAlive: (holder: Holder) => Life
  readonly sleep: (ms: number) => Promise<void>
  /** Calls again and again until what it answers is called. */
  readonly every: (ms: number, work: () => void) => () => void
}

/** Between two signs of life. */
const beatMs = 3000
/** A holder that cannot be seen is given up after this. */
const silenceMs = 15_000
const silenceNs = BigInt(silenceMs) * 1_000_000n
const pollMs = 500

/** @throws UnavailableError ERR_STORE_LOCKED with the holder */
export async function takeLock(
  fs: FileSystem,
  folder: string,
  name: string,
  platform: LockPlatform
): Promise<WriterLease> {
  const path = `${folder}/lock`
  const mine = await Candidate.create(fs, `${path}-${createBlobName()}`, encodeHolder(platform.describeSelf()))
  try {
    await removeLeftovers(fs, folder, await mine.beat())
    while (!(await tryLink(fs, mine.path, path))) {
      const holder = await readHolder(fs, path)
      if (holder === undefined) continue
      await waitUntilGone(fs, path, holder, mine, name, platform)
      await fs.rename(mine.path, path)
      break
    }
    await removeFile(fs, mine.path)
    await syncDirectory(fs, folder)
    const lease = new LockLease(fs, path, name, mine, platform)
    await lease.assertHeld()
    return lease
  } catch (error) {
    await mine.close()
    await removeFile(fs, mine.path)
    throw error
  }
}

/** Candidates of processes that died while they took the lock. One that somebody is just using is young. */
async function removeLeftovers(fs: FileSystem, folder: string, nowNs: bigint): Promise<void> {
  const names = (await fs.readdir(folder)).filter((name) => /^lock-[0-9a-f]{32}$/.test(name))
  for (const path of names.map((name) => `${folder}/${name}`)) {
    const facts = await fs.lstat(path).catch(() => undefined) // gone meanwhile
    if (facts !== undefined && nowNs - facts.mtimeNs > 4n * silenceNs) await removeFile(fs, path)
  }
}

/** A lock file that may take the place. */
class Candidate {
  readonly path: string
  readonly file: OpenFile
  readonly #bytes: Uint8Array

  private constructor(path: string, file: OpenFile, bytes: Uint8Array) {
    this.path = path
    this.file = file
    this.#bytes = bytes
  }

  static async create(fs: FileSystem, path: string, bytes: Uint8Array): Promise<Candidate> {
    const file = await createFile(fs, path)
    try {
      const candidate = new Candidate(path, file, bytes)
      await candidate.beat()
      await file.datasync()
      return candidate
    } catch (error) {
      await file.close()
      await removeFile(fs, path)
      throw error
    }
  }

  /** Writing sets the time by the clock of the file system, which all machines that share it have in common. */
  async beat(): Promise<bigint> {
    await writeFully(this.file, this.#bytes, 0)
    return (await this.file.stat()).mtimeNs
  }

  close(): Promise<void> {
    return this.file.close()
  }
}

interface Found {
  readonly holder: Holder | undefined
  readonly ino: bigint
  readonly mtimeNs: bigint
}

async function tryLink(fs: FileSystem, from: string, to: string): Promise<boolean> {
  try {
    await fs.link(from, to)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/** `undefined` when it has just been given back. */
async function readHolder(fs: FileSystem, path: string): Promise<Found | undefined> {
  const file = await openLock(fs, path)
  if (file === undefined) return undefined
  try {
    const { ino, mtimeNs } = await file.stat()
    return { holder: parseHolder(await readFully(file, 0, 4096)), ino, mtimeNs }
  } finally {
    await file.close()
  }
}

/** While it is being taken, the lock has two names. */
async function openLock(fs: FileSystem, path: string): Promise<OpenFile | undefined> {
  return openFile(fs, path, 'read', 2n)
}

/** Returns when the holder is certainly or probably dead. */
async function waitUntilGone(
  fs: FileSystem,
  path: string,
  first: Found,
  mine: Candidate,
  name: string,
  platform: LockPlatform
): Promise<void> {
  const life = first.holder === undefined ? 'unknown' : platform.isAlive(first.holder)
  if (life === 'alive') throw locked(name, first.holder)
  if (life === 'dead') return
  while ((await mine.beat()) - first.mtimeNs < silenceNs) {
    await platform.sleep(pollMs)
    const now = await readHolder(fs, path)
    if (now === undefined) return
    if (now.ino !== first.ino || now.mtimeNs !== first.mtimeNs) throw locked(name, now.holder)
  }
}

function locked(name: string, holder: Holder | undefined): UnavailableError {
  const who = holder === undefined ? 'somebody who has not said who' : `process ${holder.pid} on ${holder.host}`
  return new UnavailableError('ERR_STORE_LOCKED', `${name}: it is being written by ${who}`, {
    details: { field: name, actual: who, ...(holder === undefined ? {} : { pid: holder.pid, host: holder.host }) }
  })
}

class LockLease implements WriterLease {
  readonly #fs: FileSystem
  readonly #path: string
  readonly #name: string
  readonly #mine: Candidate
  readonly #stop: () => void
  #isReleased = false

  constructor(fs: FileSystem, path: string, name: string, mine: Candidate, platform: LockPlatform) {
    this.#fs = fs
    this.#path = path
    this.#name = name
    this.#mine = mine
    this.#stop = platform.every(beatMs, () => {
      mine.beat().catch(() => undefined) // silence is what it means then; assertHeld finds out
    })
  }

  async assertHeld(): Promise<void> {
    if (this.#isReleased || !(await this.#isMine())) {
      const holder = this.#isReleased ? undefined : (await readHolder(this.#fs, this.#path))?.holder
      throw locked(this.#name, holder)
    }
  }

  async release(): Promise<void> {
    if (this.#isReleased) return
    this.#isReleased = true
    this.#stop()
    try {
      if (await this.#isMine()) await removeFile(this.#fs, this.#path)
    } finally {
      await this.#mine.close()
    }
  }

  /** The number of our file cannot be another's while we have it open. */
  async #isMine(): Promise<boolean> {
    const mine = await this.#mine.file.stat()
    try {
      const there = await this.#fs.lstat(this.#path)
      return there.ino === mine.ino && there.dev === mine.dev
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false
      throw error
    }
  }
}
