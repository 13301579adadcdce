// Scrubbing: every object of the newest version is opened, and what does not open is listed under the name of its file.
import type { SealedCode, TresorError } from '../../core/index.js'
import { TresorError as Coded } from '../../core/index.js'
import { objectsOf, parseEntry } from './entry.js'
import { type IndexKey, nameOf, prefixOf } from './index-key.js'
import type { Objects } from './objects.js'
import type { Entry, ObjectRef } from './store.js'
import type { Version } from './version.js'
import { type EncodedEntry, walkVersion } from './walk-version.js'

export interface Verified {
  readonly entries: number
  /** Objects that were opened, index and deltas among them. */
  readonly objects: number
  /** Of plaintext in files. */
  readonly bytes: number
  readonly problems: readonly StoreProblem[]
}

export interface StoreProblem {
  /** Path of the file, as far as it is known; `index` for a part of the index, whose entries are lost. */
  readonly path: string
  readonly code: SealedCode | string
  readonly message: string
}

export interface VerifyOptions {
  readonly onProgress?: (progress: {
    readonly entries: number
    readonly objects: number
    readonly bytes: number
  }) => void
}

interface Scrubbed {
  readonly objects: Objects
  loadNewest(): Promise<Version>
}

interface Failed {
  readonly key: IndexKey
  readonly error: TresorError
}

/** Reads everything, changes nothing. Errors of the backend end it; what is damaged does not. */
export async function verifyStore(store: Scrubbed, options: VerifyOptions = {}): Promise<Verified> {
  const scrub = new Scrub(store.objects, await store.loadNewest())
  for await (const entry of scrub.walk()) {
    await scrub.check(entry)
    if (scrub.entries % 256 === 0) options.onProgress?.(scrub.counts())
  }
  options.onProgress?.(scrub.counts())
  return { ...scrub.counts(), problems: scrub.problems() }
}

class Scrub {
  entries = 0
  readonly #store: Objects
  readonly #version: Version
  readonly #seen = new Set<string>()
  readonly #directories = new Map<string, IndexKey>()
  readonly #failed: Failed[] = []
  readonly #lost: TresorError[] = []
  #objects = 0
  #bytes = 0

  constructor(objects: Objects, version: Version) {
    this.#store = objects
    this.#version = version
  }

  walk(): AsyncGenerator<EncodedEntry> {
    return walkVersion({
      objects: this.#store,
      version: this.#version,
      onObject: () => {
        this.#objects++
      },
      onProblem: (_ref, _kind, error) => {
        this.#lost.push(passOn(error))
      }
    })
  }

  async check([key, value]: EncodedEntry): Promise<void> {
    this.entries++
    try {
      const entry = parseEntry(value)
      if (entry.kind === 'directory') this.#directories.set(prefixOf(entry.inode), key)
      await this.#checkObjects(entry)
    } catch (error) {
      if (!Coded.is(error)) throw error
      this.#failed.push({ key, error: passOn(error) })
    }
  }

  counts(): Pick<Verified, 'entries' | 'objects' | 'bytes'> {
    return { entries: this.entries, objects: this.#objects, bytes: this.#bytes }
  }

  problems(): readonly StoreProblem[] {
    const files = this.#failed.map(({ key, error }) => problemOf(this.#pathOf(key), error))
    return [...this.#lost.map((error) => problemOf('index', error)), ...files]
  }

  async #checkObjects(entry: Entry): Promise<void> {
    for (const ref of objectsOf(entry)) await this.#checkObject(ref, neededOf(entry, ref))
  }

  /** Once, however many entries share it; `needed`: how far the extents reach. */
  async #checkObject(ref: ObjectRef, needed: number): Promise<void> {
    const id = `${ref.blob}:${ref.offset}:${needed}`
    if (this.#seen.has(id)) return
    this.#objects++
    const length = await this.#store.openContent(ref)
    this.#bytes += length
    if (length < needed) throw this.#store.tooShort(ref, needed, length)
    if (this.#seen.size < maxSeen) this.#seen.add(id)
  }

  #pathOf(key: IndexKey): string {
    const parts: string[] = []
    for (let at: IndexKey | undefined = key; at !== undefined && parts.length < maxDepth; ) {
      parts.unshift(nameOf(at) ?? '?')
      at = this.#directories.get(at.slice(0, 8))
    }
    return `/${parts.join('/')}`
  }
}

/** Beyond, shared objects are opened more than once. */
const maxSeen = 1 << 20
const maxDepth = 1000

function neededOf(entry: Entry, ref: ObjectRef): number {
  if (entry.kind !== 'file') return 0
  const ends = entry.extents.filter(({ object }) => object === ref).map(({ from, length }) => from + length)
  return Math.max(0, ...ends)
}

/** Only damage is a finding: a backend that is away says nothing about what lies there. */
function passOn(error: TresorError): TresorError {
  if (!error.code.startsWith('ERR_SEALED_')) throw error
  return error
}

function problemOf(path: string, { code, message }: TresorError): StoreProblem {
  return { path, code, message }
}
