// Seals one file without a store: the new one is there whole and durable, or the old one is as it was.
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expectInteger, expectOneOf, expectOptions, expectString } from '../../../core/index.js'
import { loadAead } from '../../../native/index.js'
import { type FileSystem, nodeFileSystem, type OpenFile } from '../../backends/directory/file-system.js'
import { removeFile, syncDirectory, writeFully } from '../../backends/directory/safe-files.js'
import type { SuiteName } from '../../keyring/index.js'
import type { KeySource } from '../../keys/key-source.js'
import { ByteQueue } from '../byte-queue.js'
import type { ByteSource } from '../chunk-stream.js'
import { assertDurable, expectSources } from './container-key.js'
import { writeContainer } from './write-container.js'

export interface SealFileOptions {
  /** Each of them opens it. At least one that is not lost with the machine, such as `recoveryKey('age1…')`. */
  readonly keys: readonly KeySource[]
  /** Default and only choice: 'cobblestone-256'. */
  readonly suite?: SuiteName
  /** Permissions of the file. Default 0o600. */
  readonly mode?: number
  /** Said by who seals to hardware only, and can do without the file when it is gone. */
  readonly unrecoverable?: true
}

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants
const nothing = new Uint8Array(0)

/**
 * Seals `source` into the file at `path`, in place of one that is there: written beside it, flushed, renamed. What it does not do: whoever can
 * write to the directory can put an older sealed file back, and `openFile` takes it. A vault tells; this does not.
 * Failures of the file system are Node's own (ENOSPC, EACCES, …).
 * @throws UsageError ERR_USAGE_OPTION
 * @example
 * await sealFile('customers.sealed', createReadStream('customers.csv'), { keys: [teeKey(tee), recoveryKey('age1…')] })
 */
export async function sealFile(
  path: string,
  source: Uint8Array | ByteSource,
  options: SealFileOptions,
  fs: FileSystem = nodeFileSystem
): Promise<void> {
  const { keys, mode } = expectSealOptions(path, options)
  const queue = new ByteQueue(source instanceof Uint8Array ? [source] : source)
  try {
    const aead = await loadAead()
    const container = writeContainer(aead, { use: 'file', keys, context: nothing }, queue.rest())
    await replaceFile(fs, path, mode, container)
  } finally {
    await queue.close()
  }
}

function expectSealOptions(path: string, options: SealFileOptions) {
  expectString(path, 'path')
  expectOptions(options, ['keys', 'suite', 'mode', 'unrecoverable'], 'sealFile')
  expectOneOf(options.suite ?? 'cobblestone-256', ['cobblestone-256'], 'suite')
  const keys = expectSources(options.keys)
  assertDurable(keys, options.unrecoverable === true)
  return { keys, mode: expectInteger(options.mode ?? 0o600, [0, 0o777], 'mode') }
}

async function replaceFile(
  fs: FileSystem,
  path: string,
  mode: number,
  bytes: AsyncIterable<Uint8Array>
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path).slice(0, 180)}.${randomBytes(8).toString('hex')}.tmp`)
  const file = await fs.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode)
  try {
    await writeAll(file, bytes)
    await fs.rename(temporary, path)
  } catch (error) {
    await removeFile(fs, temporary).catch(() => undefined)
    throw error
  }
  await syncDirectory(fs, dirname(path))
}

async function writeAll(file: OpenFile, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    let position = 0
    for await (const piece of bytes) {
      await writeFully(file, piece, position)
      position += piece.length
    }
    await file.sync()
  } finally {
    await file.close()
  }
}
