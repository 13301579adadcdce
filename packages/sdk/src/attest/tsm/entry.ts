// A private directory below configfs-tsm for the length of one request.
import { utf8 } from '../../core/index.js'
import { isErrnoFailure } from '../errno.js'
import { explainTsmFailure } from './failure.js'
import type { TsmFiles } from './files.js'

/** No report, table or manifest of today comes near it; a certificate table has at most four pages. */
const maxBlobBytes = 1 << 20

export interface TsmRoot {
  readonly files: TsmFiles
  readonly path: string
  readonly createName: () => string
}

export class TsmEntry {
  readonly #files: TsmFiles
  readonly #path: string
  #writes = 0

  constructor(files: TsmFiles, path: string) {
    this.#files = files
    this.#path = path
  }

  /** How often this entry was written to: each write raises `generation` by one, if nobody else interferes. */
  get writes(): number {
    return this.#writes
  }

  async write(attribute: string, value: Uint8Array | number): Promise<void> {
    const bytes = typeof value === 'number' ? utf8(String(value)) : value
    await attempt(attribute, () => this.#files.write(`${this.#path}/${attribute}`, bytes))
    this.#writes++
  }

  read(attribute: string): Promise<Uint8Array> {
    return attempt(attribute, () => this.#files.read(`${this.#path}/${attribute}`, maxBlobBytes))
  }

  /** The bytes of an attribute, or none where this kernel or provider does not have it. */
  async readOptional(attribute: string): Promise<Uint8Array> {
    try {
      return await this.#files.read(`${this.#path}/${attribute}`, maxBlobBytes)
    } catch (error) {
      if (isErrnoFailure(error) && error.code === 'ENOENT') return new Uint8Array(0)
      throw explainTsmFailure(error, attribute)
    }
  }

  async readText(attribute: string): Promise<string> {
    return trimmedText(await this.read(attribute))
  }

  async readOptionalText(attribute: string): Promise<string> {
    return trimmedText(await this.readOptional(attribute))
  }
}

/** Makes an entry, uses it, removes it whatever happened. */
export async function withTsmEntry<T>(root: TsmRoot, use: (entry: TsmEntry) => Promise<T>): Promise<T> {
  const path = `${root.path}/${root.createName()}`
  await attempt('entry', () => root.files.makeDirectory(path))
  try {
    return await use(new TsmEntry(root.files, path))
  } finally {
    await root.files.removeDirectory(path).catch((error: unknown) => warnOfLeftover(path, error))
  }
}

/** The answer is good even if its entry stays: it costs kernel memory, so somebody should know. */
function warnOfLeftover(path: string, cause: unknown): void {
  process.emitWarning(`configfs-tsm: ${path} could not be removed; rmdir it`, {
    code: 'TRESOR_TSM_LEFTOVER',
    detail: String(cause)
  })
}

function trimmedText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).trim()
}

async function attempt<T>(attribute: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation()
  } catch (error) {
    throw explainTsmFailure(error, attribute)
  }
}
