// Collateral in a directory: one file for each item, replaced as a whole, shared by any number of processes.
import { mkdir, readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expectString, UnavailableError, UsageError } from '../../core/index.js'
import type { CollateralRecord, CollateralStore } from '../collateral/index.js'
import { encodeRecord, maxRecordBytes, parseRecord } from './record-file.js'
import { readFileUpTo, replaceFile } from './replace-file.js'

const suffix = '.collateral'

/**
 * A store in the directory `path`, which is made (for this user only) when the first item is written; its parent must exist.
 * A file that is damaged, too large or no file counts as absent.
 * @throws UsageError ERR_USAGE_OPTION; its methods throw UnavailableError ERR_COLLATERAL_STORE
 */
export function directoryStore(path: string): CollateralStore {
  if (expectString(path, 'path') === '' || path.includes('\0')) {
    throw new UsageError('ERR_USAGE_OPTION', 'path: expected the path of a directory', { details: { field: 'path' } })
  }
  const directory = resolve(path)
  return {
    get: (key) => coded(directory, () => read(directory, key)),
    put: (key, record) => coded(directory, () => write(directory, key, record)),
    list: () => coded(directory, () => list(directory))
  }
}

async function read(directory: string, key: string): Promise<CollateralRecord | undefined> {
  const bytes = await readFileUpTo(join(directory, fileNameOf(key)), maxRecordBytes)
  return bytes === undefined ? undefined : parseRecord(bytes, key)
}

async function write(directory: string, key: string, record: CollateralRecord): Promise<void> {
  await makeDirectory(directory)
  await replaceFile(directory, fileNameOf(key), encodeRecord(key, record))
}

async function list(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory).catch(noneIfMissing)
  return names.filter((name) => name.endsWith(suffix)).map((name) => name.slice(0, -suffix.length))
}

/** Keys cannot name anything outside the directory, nor hide in it. */
function fileNameOf(key: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/.test(key)) return `${key}${suffix}`
  throw new UsageError('ERR_USAGE_OPTION', 'key: expected 1 to 200 letters, digits, dots, underscores and hyphens')
}

async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { mode: 0o700 })
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

function noneIfMissing(error: unknown): string[] {
  if (codeOf(error) === 'ENOENT') return []
  throw error
}

async function coded<T>(directory: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const code = codeOf(cause)
    if (code === undefined || code.startsWith('ERR_')) throw cause
    throw new UnavailableError('ERR_COLLATERAL_STORE', `store of collateral: ${directory}: ${code}`, {
      cause,
      details: { field: 'path', actual: directory }
    })
  }
}

/** For example `EACCES`. */
function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code // undefined for whatever is no error of the system
}
