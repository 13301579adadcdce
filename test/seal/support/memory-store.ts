// A Store of the contract in memory, without sealing: what the file layer is tested on by itself.
import { randomBytes } from 'node:crypto'
import type {
  ContentWriter,
  Entry,
  Inode,
  ObjectRef,
  Store,
  Transaction,
  View
} from '../../../packages/sdk/src/seal/store/store.js'

type Version = ReadonlyMap<Inode, ReadonlyMap<string, Entry>>

export interface MemoryStore extends Store {
  /** Commits so far. */
  readonly commits: number
  /** Bytes of plaintext that went into objects. */
  readonly written: number
  /** Makes the next commits fail with this error. */
  failWith(error: Error | undefined): void
}

export function createMemoryStore(options: { readonly isReadOnly?: boolean } = {}): MemoryStore {
  const objects = new Map<string, Uint8Array>()
  let version: Version = new Map()
  let commits = 0
  let written = 0
  let nextInode = 2n
  let failure: Error | undefined
  let last: Promise<unknown> = Promise.resolve()

  const readObject: View['readObject'] = async (object, offset, target) => {
    const bytes = objects.get(key(object))
    if (bytes === undefined || offset + target.length > bytes.length) throw new Error('read of what is not there')
    target.set(bytes.subarray(offset, offset + target.length))
  }

  async function commit<T>(work: (transaction: Transaction) => Promise<T> | T): Promise<T> {
    const changed = new Map<Inode, Map<string, Entry>>()
    const writable = (directory: Inode) => {
      const names = changed.get(directory) ?? new Map(version.get(directory))
      changed.set(directory, names)
      return names
    }
    const current = (directory: Inode) => changed.get(directory) ?? version.get(directory)
    const result = await work({
      ...viewOf(BigInt(commits + 1), current, readObject),
      put: (directory, name, entry) => void writable(directory).set(name, entry),
      remove: (directory, name) => void writable(directory).delete(name),
      createInode: () => nextInode++
    })
    if (failure !== undefined) throw failure
    version = new Map([...version, ...changed])
    commits++
    return result
  }

  return {
    storeId: new Uint8Array(16),
    isReadOnly: options.isReadOnly === true,
    get commits() {
      return commits
    },
    get written() {
      return written
    },
    failWith: (error) => {
      failure = error
    },
    view: async () => {
      const fixed = version
      return viewOf(BigInt(commits), (directory) => fixed.get(directory), readObject)
    },
    transaction: (work) => {
      const result = last.then(() => commit(work))
      last = result.catch(() => undefined)
      return result
    },
    writeContent: () =>
      writer((bytes) => {
        const ref = newRef(bytes.length)
        objects.set(key(ref), bytes)
        written += bytes.length
        return ref
      }),
    close: async () => undefined
  }
}

function viewOf(
  sequence: bigint,
  names: (directory: Inode) => ReadonlyMap<string, Entry> | undefined,
  readObject: View['readObject']
): View {
  return {
    sequence,
    get: async (directory, name) => names(directory)?.get(name),
    list: async function* (directory, after) {
      const sorted = [...(names(directory) ?? [])].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      for (const item of sorted) {
        if (after === undefined || Buffer.compare(Buffer.from(item[0]), Buffer.from(after)) > 0) yield item
      }
    },
    readObject
  }
}

function writer(keep: (bytes: Uint8Array) => ObjectRef): ContentWriter {
  const parts: Uint8Array[] = []
  let length = 0
  return {
    get length() {
      return length
    },
    write: async (bytes) => {
      parts.push(new Uint8Array(bytes))
      length += bytes.length
    },
    finish: async () => keep(new Uint8Array(Buffer.concat(parts))),
    discard: async () => void parts.splice(0)
  }
}

function newRef(sealedLength: number): ObjectRef {
  return {
    objectId: new Uint8Array(randomBytes(16)),
    generation: 1n,
    epoch: 0,
    blob: 'memory',
    offset: 0,
    sealedLength
  }
}

function key({ objectId }: ObjectRef): string {
  return Buffer.from(objectId).toString('hex')
}
