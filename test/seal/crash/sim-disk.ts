// A disk that loses power. Everything that changes it is logged; `crashAt` makes the disk as it may be after a crash at any point of the log: what was
// not made durable is kept, lost or torn in sectors, and names of a directory are lost in part, as a seed decides.
import type { FileFacts, FileSystem, OpenFile } from '../../../packages/sdk/src/seal/backends/directory/file-system.js'

type Op =
  | { readonly kind: 'write'; readonly ino: number; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: 'sync'; readonly ino: number }
  | { readonly kind: 'name'; readonly path: string; readonly ino: number }
  | { readonly kind: 'unname'; readonly path: string }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'mark'; readonly mark: unknown }

interface Node {
  readonly ino: number
  readonly isDirectory: boolean
  bytes: Uint8Array
  size: number
  nlink: number
  mtimeNs: bigint
}

export interface DiskOptions {
  /** A disk on which fdatasync and fsync of files do nothing: a store on it must be found to lose what it promised. */
  readonly ignoresSync?: boolean
}

const sector = 512

export class SimDisk implements FileSystem {
  readonly isReal = false
  readonly log: Op[] = []
  readonly #ignoresSync: boolean
  readonly #names = new Map<string, Node>()
  readonly #nodes = new Map<number, Node>()
  #lastIno = 1
  #nowNs = 1_000_000_000_000n

  constructor({ ignoresSync = false }: DiskOptions = {}) {
    this.#ignoresSync = ignoresSync
    this.#names.set('/', this.#create(true))
  }

  readonly sleep = async (ms: number): Promise<void> => {
    this.#nowNs += BigInt(ms) * 1_000_000n
  }

  /** Something outside that is remembered at this point. */
  mark(mark: unknown): void {
    this.log.push({ kind: 'mark', mark })
  }

  /** Marks before `point`. */
  marksBefore(point: number): unknown[] {
    return this.log.slice(0, point).flatMap((op) => (op.kind === 'mark' ? [op.mark] : []))
  }

  crashAt(point: number, random: () => number): SimDisk {
    const survivor = new SimDisk()
    const ops = this.log.slice(0, point)
    const kept = keepNames(ops, random)
    const isJournaled = random() < 0.5
    for (const [i, op] of ops.entries()) {
      if (op.kind === 'write')
        survivor.#survive(op, isSynced(ops, i, op.ino) ? 1 : isJournaled ? random() : 0.5, random)
      else if (kept.has(op)) survivor.#replay(op)
    }
    survivor.#forgetNameless()
    survivor.#nowNs = this.#nowNs + 1_000_000_000n
    survivor.log.length = 0
    return survivor
  }

  open = async (path: string, flags: number): Promise<OpenFile> => {
    const found = this.#names.get(path)
    if (found !== undefined && (flags & 0o200) !== 0) throw failure('EEXIST', path)
    if (found === undefined && (flags & 0o100) === 0) throw failure('ENOENT', path)
    return this.#handle(found ?? this.#make(path, false), path)
  }

  mkdir = async (path: string): Promise<string | undefined> => {
    let first: string | undefined
    const parts = path.split('/').filter((part) => part !== '')
    for (let i = 1; i <= parts.length; i++) {
      const at = `/${parts.slice(0, i).join('/')}`
      if (this.#names.has(at)) continue
      this.#make(at, true)
      first ??= at
    }
    return first
  }

  readdir = async (path: string): Promise<readonly string[]> => {
    if (!this.#names.has(path)) throw failure('ENOENT', path)
    const prefix = path === '/' ? '/' : `${path}/`
    return [...this.#names.keys()]
      .filter((name) => name.startsWith(prefix) && name !== prefix && !name.slice(prefix.length).includes('/'))
      .map((name) => name.slice(prefix.length))
  }

  lstat = async (path: string): Promise<FileFacts> => factsOf(this.#get(path))

  rename = async (from: string, to: string): Promise<void> => {
    const node = this.#get(from)
    this.log.push({ kind: 'rename', from, to })
    this.#unname(to)
    this.#names.set(to, node)
    this.#names.delete(from)
  }

  link = async (from: string, to: string): Promise<void> => {
    const node = this.#get(from)
    if (this.#names.has(to)) throw failure('EEXIST', to)
    this.#name(to, node)
  }

  unlink = async (path: string): Promise<void> => {
    this.#get(path)
    this.log.push({ kind: 'unname', path })
    this.#unname(path)
  }

  #handle(node: Node, path: string): OpenFile {
    return {
      fd: -1,
      read: async (target, offset, length, position) => {
        const bytesRead = Math.max(0, Math.min(length, node.size - position))
        target.set(node.bytes.subarray(position, position + bytesRead), offset)
        return { bytesRead }
      },
      write: async (bytes, offset, length, position) => {
        const written = bytes.slice(offset, offset + length)
        this.log.push({ kind: 'write', ino: node.ino, position, bytes: written })
        this.#write(node, position, written)
        return { bytesWritten: length }
      },
      datasync: async () => this.#sync(node),
      sync: async () => this.#sync(node),
      stat: async () => {
        if (!this.#nodes.has(node.ino)) throw failure('EBADF', path)
        return factsOf(node)
      },
      close: async () => undefined
    }
  }

  #sync(node: Node): void {
    if (!this.#ignoresSync || node.isDirectory) this.log.push({ kind: 'sync', ino: node.ino })
  }

  #get(path: string): Node {
    const node = this.#names.get(path)
    if (node === undefined) throw failure('ENOENT', path)
    return node
  }

  #make(path: string, isDirectory: boolean): Node {
    if (!this.#names.has(parentOf(path))) throw failure('ENOENT', path)
    const node = this.#create(isDirectory)
    this.#name(path, node)
    return node
  }

  #create(isDirectory: boolean, ino: number = this.#lastIno + 1): Node {
    this.#lastIno = Math.max(this.#lastIno, ino)
    const node = { ino, isDirectory, bytes: new Uint8Array(0), size: 0, nlink: 0, mtimeNs: this.#nowNs }
    this.#nodes.set(ino, node)
    return node
  }

  #name(path: string, node: Node): void {
    this.log.push({ kind: 'name', path, ino: node.isDirectory ? -node.ino : node.ino })
    node.nlink++
    this.#names.set(path, node)
  }

  #unname(path: string): void {
    const node = this.#names.get(path)
    if (node !== undefined) node.nlink--
    this.#names.delete(path)
  }

  #write(node: Node, position: number, bytes: Uint8Array): void {
    const end = position + bytes.length
    if (end > node.bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * node.bytes.length))
      larger.set(node.bytes)
      node.bytes = larger
    }
    node.bytes.set(bytes, position)
    node.size = Math.max(node.size, end)
    node.mtimeNs = this.#nowNs += 1000n
  }

  /** `chance`: of each sector to have reached the disk. */
  #survive(op: Op & { kind: 'write' }, chance: number, random: () => number): void {
    const node = this.#nodes.get(op.ino) ?? this.#create(false, op.ino)
    const whole = chance === 1 ? 0 : random()
    if (whole < 0.3) this.#write(node, op.position, op.bytes)
    if (whole < 0.6) return
    for (let at = 0; at < op.bytes.length; at += sector) {
      if (random() < chance) this.#write(node, op.position + at, op.bytes.subarray(at, at + sector))
    }
  }

  #replay(op: Op): void {
    if (op.kind === 'name') {
      if (!this.#names.has(parentOf(op.path))) return
      const ino = Math.abs(op.ino)
      const node = this.#nodes.get(ino) ?? this.#create(op.ino < 0, ino)
      node.nlink++
      this.#names.set(op.path, node)
    } else if (op.kind === 'unname') this.#unname(op.path)
    else if (op.kind === 'rename') {
      const node = this.#names.get(op.from)
      if (node === undefined) return
      this.#unname(op.to)
      this.#names.set(op.to, node)
      this.#names.delete(op.from)
    }
  }

  #forgetNameless(): void {
    const named = new Set([...this.#names.values()].map(({ ino }) => ino))
    for (const ino of this.#nodes.keys()) if (!named.has(ino)) this.#nodes.delete(ino)
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/'
}

function directoryOf(op: Op): string | undefined {
  if (op.kind === 'name' || op.kind === 'unname') return parentOf(op.path)
  return op.kind === 'rename' ? parentOf(op.to) : undefined
}

function isSynced(ops: readonly Op[], i: number, ino: number): boolean {
  for (let j = i + 1; j < ops.length; j++) {
    const op = ops[j]
    if (op?.kind === 'sync' && op.ino === ino) return true
  }
  return false
}

/** Names that were made durable, and of the rest a beginning or any part. */
function keepNames(ops: readonly Op[], random: () => number): ReadonlySet<Op> {
  const kept = new Set<Op>()
  const inos = new Map<string, number>([['/', 2]])
  for (const op of ops) if (op.kind === 'name' && op.ino < 0) inos.set(op.path, -op.ino)
  const isInOrder = random() < 0.5
  const ended = new Set<string>()
  for (const [i, op] of ops.entries()) {
    const directory = directoryOf(op)
    if (directory === undefined) continue
    const isSafe = isSynced(ops, i, inos.get(directory) ?? -1)
    const isLucky = random() < 0.5 && !(isInOrder && ended.has(directory))
    if (isSafe || isLucky) kept.add(op)
    else ended.add(directory)
  }
  return kept
}

function factsOf(node: Node): FileFacts {
  return {
    dev: 1n,
    ino: BigInt(node.ino),
    size: BigInt(node.size),
    nlink: BigInt(node.nlink),
    mtimeNs: node.mtimeNs,
    isFile: () => !node.isDirectory,
    isDirectory: () => node.isDirectory
  }
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code })
}
