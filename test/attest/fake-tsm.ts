// configfs-tsm in memory, with the semantics that the kernel's own showed: commit at close, snapshots, EINVAL before the commit.

import type { Tsm, TsmFiles } from '../../packages/sdk/src/attest/tsm/index.js'
import { concatBytes } from '../../packages/sdk/src/core/index.js'

export type Operation = 'mkdir' | 'rmdir' | `write ${string}` | `read ${string}`

export interface FakeTsmOptions {
  readonly provider?: string
  readonly privlevelFloor?: number
  readonly answer?: (inblob: Uint8Array, privlevel: number) => Uint8Array
  readonly auxblob?: Uint8Array | undefined
  readonly manifestblob?: Uint8Array
  /** Called before each operation; what it throws is what the kernel answers. */
  readonly before?: BeforeOperation
}

export type BeforeOperation = (operation: Operation, tsm: FakeTsm) => void

interface Entry {
  generation: number
  inblob?: Uint8Array
  privlevel: number
}

export class FakeTsm implements Tsm {
  readonly path = '/sys/kernel/config/tsm/report'
  readonly entries = new Map<string, Entry>()
  readonly operations: Operation[] = []
  readonly pauses: number[] = []
  readonly files: TsmFiles
  #names = 0
  readonly #options: FakeTsmOptions

  constructor(options: FakeTsmOptions = {}) {
    this.#options = options
    this.files = {
      makeDirectory: async (path) => this.#makeDirectory(path),
      removeDirectory: async (path) => this.#removeDirectory(path),
      write: async (path, bytes) => this.#write(path, bytes),
      read: async (path) => this.#read(path)
    }
  }

  createName = (): string => `entry-${this.#names++}`

  sleep = async (milliseconds: number): Promise<void> => {
    this.pauses.push(milliseconds)
  }

  #makeDirectory(path: string): void {
    this.#note('mkdir')
    if (this.entries.has(path)) throw errno('EEXIST', 'mkdir')
    this.entries.set(path, { generation: 0, privlevel: 0 })
  }

  #removeDirectory(path: string): void {
    this.#note('rmdir')
    if (!this.entries.delete(path)) throw errno('ENOENT', 'rmdir')
  }

  #write(path: string, bytes: Uint8Array): void {
    const { entry, attribute } = this.#locate(path)
    this.#note(`write ${attribute}`)
    if (attribute === 'inblob') entry.inblob = bytes.slice()
    else if (attribute === 'privlevel') entry.privlevel = Number(new TextDecoder().decode(bytes))
    else throw errno('EACCES', 'open')
    entry.generation++
  }

  #read(path: string): Uint8Array {
    const { entry, attribute } = this.#locate(path)
    this.#note(`read ${attribute}`)
    const value = this.#attributes(entry)[attribute]
    if (value === undefined) throw errno('ENOENT', 'open')
    return value()
  }

  #attributes(entry: Entry): Readonly<Record<string, (() => Uint8Array) | undefined>> {
    const { provider = 'sev_guest', privlevelFloor = 0, auxblob, manifestblob } = this.#options
    return {
      provider: () => text(provider),
      generation: () => text(String(entry.generation)),
      privlevel_floor: () => text(String(privlevelFloor)),
      outblob: () => this.#answer(entry),
      auxblob: auxblob && (() => auxblob),
      manifestblob: manifestblob && (() => manifestblob)
    }
  }

  #answer({ inblob, privlevel }: Entry): Uint8Array {
    if (inblob?.length !== 64) throw errno('EINVAL', 'read')
    return (this.#options.answer ?? echoReport)(inblob, privlevel)
  }

  #locate(path: string): { readonly entry: Entry; readonly attribute: string } {
    const slash = path.lastIndexOf('/')
    const entry = this.entries.get(path.slice(0, slash))
    if (entry === undefined) throw errno('ENOENT', 'open')
    return { entry, attribute: path.slice(slash + 1) }
  }

  #note(operation: Operation): void {
    this.operations.push(operation)
    this.#options.before?.(operation, this)
  }
}

/** Something that has the size and the version of a report, and the report data where a report has it. */
export function echoReport(inblob: Uint8Array): Uint8Array {
  const head = new Uint8Array(0x50)
  head[0] = 3
  return concatBytes(head, inblob, new Uint8Array(1184 - 0x50 - 64))
}

export function errno(code: string, syscall: string): Error {
  return Object.assign(new Error(`${code}: ${syscall}`), { code, syscall })
}

/** Throws `code` at the first `times` operations of this name. */
export function failing(operation: Operation, code: string, times = Number.POSITIVE_INFINITY): BeforeOperation {
  let left = times
  return (current) => {
    if (current !== operation || left === 0) return
    left--
    throw errno(code, operation)
  }
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(`${value}\n`)
}
