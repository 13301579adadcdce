// The files of a vault, as node:fs/promises has them: for one vault, one transaction, or one version.
import { constants } from 'node:fs'
import { access, chmod, stat, utimes } from './attributes.js'
import { appendFile, readFile, truncate, type WriteRequest, writeFile } from './contents.js'
import { copyFile } from './copy.js'
import { type CpOptions, cp } from './cp.js'
import { mkdir, mkdirAll, mkdtemp, readdir, rmdir } from './directories.js'
import { type OpenFlags, parseFlags } from './flags.js'
import { throwIfAborted, wrongArgument } from './fs-error.js'
import { readlink, realpath, symlink } from './links.js'
import { type RmOptions, rename, rm, unlink } from './names.js'
import { pathText, type VaultPath } from './path.js'
import type { Session } from './session.js'
import type { VaultDirent, VaultStats } from './stats.js'
import { encodeText, expectCount, expectEncoding, readOptions } from './values.js'
import type { Follow } from './walk.js'

export interface ReadFileOptions {
  readonly encoding?: BufferEncoding | null
  /** Only those that read. */
  readonly flag?: string | number
  readonly signal?: AbortSignal
}

export interface WriteFileOptions {
  readonly encoding?: BufferEncoding | null
  readonly mode?: number | string
  readonly flag?: string | number
  readonly signal?: AbortSignal
  /** Taken for what it says; what is written is always durable. */
  readonly flush?: boolean
}

export interface ReaddirOptions {
  readonly encoding?: BufferEncoding | 'buffer' | null
  readonly withFileTypes?: boolean
  readonly recursive?: boolean
}

interface NameOptions {
  readonly encoding?: BufferEncoding | 'buffer' | null
}

type Time = number | string | Date

/** What can be done with files within a transaction or one version: everything but to open them. */
export class VaultFiles {
  protected readonly session: Session
  readonly #random: (length: number) => Uint8Array
  /** Those of node:fs. */
  readonly constants: typeof constants = constants

  constructor(session: Session, random: (length: number) => Uint8Array) {
    this.session = session
    this.#random = random
  }

  readFile(path: VaultPath, options?: (ReadFileOptions & { readonly encoding?: null }) | null): Promise<Buffer>
  readFile(
    path: VaultPath,
    options: BufferEncoding | (ReadFileOptions & { readonly encoding: BufferEncoding })
  ): Promise<string>
  readFile(path: VaultPath, options?: BufferEncoding | ReadFileOptions | null): Promise<Buffer | string>
  async readFile(path: VaultPath, options?: BufferEncoding | ReadFileOptions | null): Promise<Buffer | string> {
    const { encoding, flag, signal } = readOptions<ReadFileOptions>(options)
    const known = expectEncoding(encoding)
    throwIfAborted(signal)
    const text = pathText(path)
    const flags = parseFlags(flag, 'r')
    const bytes =
      flags.creates || flags.canWrite ? await this.readOpened(text, flags) : await this.#readPlain(text, signal)
    return known === undefined ? bytes : bytes.toString(known)
  }

  /** Replaces the whole file in one step. */
  async writeFile(path: VaultPath, data: unknown, options?: BufferEncoding | WriteFileOptions | null): Promise<void> {
    await this.#write(path, data, readOptions<WriteFileOptions>(options), 'w')
  }

  async appendFile(path: VaultPath, data: unknown, options?: BufferEncoding | WriteFileOptions | null): Promise<void> {
    await this.#write(path, data, readOptions<WriteFileOptions>(options), 'a')
  }

  async truncate(path: VaultPath, length = 0): Promise<void> {
    const text = pathText(path)
    const size = expectCount(Math.max(0, Math.trunc(length)), 'len')
    await this.session.change({ syscall: 'open', path: text }, (change) => truncate(change, text, size))
  }

  async stat(path: VaultPath): Promise<VaultStats> {
    return this.#stat(pathText(path), 'always', 'stat')
  }

  async lstat(path: VaultPath): Promise<VaultStats> {
    return this.#stat(pathText(path), 'slash', 'lstat')
  }

  async access(path: VaultPath, mode: number = constants.F_OK): Promise<void> {
    const text = pathText(path)
    await this.session.look((look) => access(look, text, mode, this.session.isReadOnly))
  }

  /** Whether there is something at the path; links are followed. Node has no such function among its promises. */
  async exists(path: VaultPath): Promise<boolean> {
    const text = pathText(path)
    return this.session.look(async (look) => {
      try {
        return (await look.walk(text, 'always', { syscall: 'access', path: text })).entry !== undefined
      } catch (error) {
        if (error instanceof Error && 'syscall' in error) return false
        throw error
      }
    })
  }

  readdir(
    path: VaultPath,
    options?: BufferEncoding | (ReaddirOptions & { withFileTypes?: false; encoding?: BufferEncoding | null }) | null
  ): Promise<string[]>
  readdir(
    path: VaultPath,
    options: 'buffer' | (ReaddirOptions & { withFileTypes?: false; encoding: 'buffer' })
  ): Promise<Buffer[]>
  readdir(path: VaultPath, options: ReaddirOptions & { withFileTypes: true }): Promise<VaultDirent[]>
  async readdir(
    path: VaultPath,
    options?: BufferEncoding | 'buffer' | ReaddirOptions | null
  ): Promise<string[] | Buffer[] | VaultDirent[]> {
    const { encoding, withFileTypes, recursive } = readOptions<ReaddirOptions>(options)
    const known = expectEncoding(encoding)
    const text = pathText(path)
    const entries = await this.session.look((look) => readdir(look, text, recursive === true))
    if (withFileTypes === true) return entries.map(({ entry }) => entry)
    const names = entries.map(({ relative }) => relative)
    if (encoding === 'buffer') return names.map((name) => Buffer.from(name))
    return names.map((name) => String(encodeText(name, known, false)))
  }

  mkdir(
    path: VaultPath,
    options: { readonly recursive: true; readonly mode?: number | string }
  ): Promise<string | undefined>
  mkdir(
    path: VaultPath,
    options?: number | string | { readonly recursive?: boolean; readonly mode?: number | string } | null
  ): Promise<string | undefined>
  async mkdir(
    path: VaultPath,
    options?: number | string | { readonly recursive?: boolean; readonly mode?: number | string } | null
  ): Promise<string | undefined> {
    const text = pathText(path)
    const { recursive, mode } = typeof options === 'object' ? (options ?? {}) : { mode: options }
    return this.session.change({ syscall: 'mkdir', path: text }, (change) =>
      recursive === true ? mkdirAll(change, text, mode) : mkdir(change, text, mode).then(() => undefined)
    )
  }

  async mkdtemp(prefix: VaultPath): Promise<string> {
    const text = pathText(prefix, 'prefix')
    return this.session.change({ syscall: 'mkdtemp', path: `${text}XXXXXX` }, (change) =>
      mkdtemp(change, text, this.#random)
    )
  }

  async rmdir(path: VaultPath): Promise<void> {
    const text = pathText(path)
    await this.session.change({ syscall: 'rmdir', path: text }, (change) => rmdir(change, text))
  }

  async rm(path: VaultPath, options: RmOptions = {}): Promise<void> {
    const text = pathText(path)
    await this.session.change({ syscall: 'rm', path: text }, (change) => rm(change, text, options))
  }

  async unlink(path: VaultPath): Promise<void> {
    const text = pathText(path)
    await this.session.change({ syscall: 'unlink', path: text }, (change) => unlink(change, text))
  }

  async rename(oldPath: VaultPath, newPath: VaultPath): Promise<void> {
    const [path, dest] = [pathText(oldPath, 'oldPath'), pathText(newPath, 'newPath')]
    await this.session.change({ syscall: 'rename', path, dest }, (change) => rename(change, path, dest))
  }

  async copyFile(source: VaultPath, destination: VaultPath, mode = 0): Promise<void> {
    const [path, dest] = [pathText(source, 'src'), pathText(destination, 'dest')]
    await this.session.change({ syscall: 'copyfile', path, dest }, (change) => copyFile(change, path, dest, mode))
  }

  async cp(source: VaultPath, destination: VaultPath, options: CpOptions = {}): Promise<void> {
    await cp(this.session, pathText(source, 'src'), pathText(destination, 'dest'), options)
  }

  async symlink(target: VaultPath, path: VaultPath, _type?: string | null): Promise<void> {
    const [from, to] = [pathText(target, 'target'), pathText(path)]
    await this.session.change({ syscall: 'symlink', path: from, dest: to }, (change) => symlink(change, from, to))
  }

  readlink(
    path: VaultPath,
    options?: BufferEncoding | (NameOptions & { encoding?: BufferEncoding | null }) | null
  ): Promise<string>
  readlink(path: VaultPath, options: 'buffer' | (NameOptions & { encoding: 'buffer' })): Promise<Buffer>
  async readlink(path: VaultPath, options?: BufferEncoding | 'buffer' | NameOptions | null): Promise<string | Buffer> {
    const { encoding } = readOptions<NameOptions>(options)
    const known = expectEncoding(encoding)
    const text = pathText(path)
    return encodeText(await this.session.look((look) => readlink(look, text)), known, encoding === 'buffer')
  }

  async realpath(path: VaultPath): Promise<string> {
    const text = pathText(path)
    return this.session.look((look) => realpath(look, text))
  }

  async chmod(path: VaultPath, mode: number | string): Promise<void> {
    const text = pathText(path)
    await this.session.change({ syscall: 'chmod', path: text }, (change) => chmod(change, text, mode))
  }

  async utimes(path: VaultPath, atime: Time, mtime: Time): Promise<void> {
    await this.#utimes(pathText(path), [atime, mtime], 'always')
  }

  async lutimes(path: VaultPath, atime: Time, mtime: Time): Promise<void> {
    await this.#utimes(pathText(path), [atime, mtime], 'slash')
  }

  /** For flags that need a handle. */
  protected readOpened(_path: string, _flags: OpenFlags): Promise<Buffer> {
    return Promise.reject(wrongArgument('ERR_INVALID_ARG_VALUE', 'flag', 'one that only reads'))
  }

  protected writeOpened(_request: WriteRequest, _flags: OpenFlags): Promise<void> {
    return Promise.reject(wrongArgument('ERR_INVALID_ARG_VALUE', 'flag', 'w, wx, a or ax'))
  }

  async #write(path: VaultPath, data: unknown, options: WriteFileOptions, fallback: 'w' | 'a'): Promise<void> {
    const { encoding, mode, flag, signal } = options
    const flags = parseFlags(flag, fallback)
    const request = {
      path: pathText(path),
      data,
      encoding: expectEncoding(encoding),
      mode,
      exclusive: flags.exclusive,
      signal
    }
    if (flags.creates && flags.canWrite && flags.appends && !flags.truncates) return appendFile(this.session, request)
    if (flags.creates && flags.canWrite && flags.truncates && !flags.appends) return writeFile(this.session, request)
    await this.writeOpened(request, flags)
  }

  #readPlain(path: string, signal: AbortSignal | undefined): Promise<Buffer> {
    return this.session.look((look) => readFile(look, path, signal))
  }

  #stat(path: string, follow: Follow, syscall: string): Promise<VaultStats> {
    return this.session.look((look) => stat(look, path, follow, { syscall, path }))
  }

  async #utimes(path: string, times: readonly [Time, Time], follow: Follow): Promise<void> {
    await this.session.change({ syscall: 'utime', path }, (change) => utimes(change, path, times, follow))
  }
}
