// Where the kernel tests put what they compile, and how they compile it only once for each state of its sources.
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

export const repository = join(import.meta.dirname, '..', '..', '..')
export const buildDirectory = join(repository, 'test', 'kernel', 'build')

const execute = promisify(execFile)

/** Runs a program to its end. Its output is part of the error if it fails. */
export async function run(program: string, ...args: readonly string[]): Promise<string> {
  try {
    return (await execute(program, args, { maxBuffer: 1 << 26 })).stdout
  } catch (error) {
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr).slice(-4000) : ''
    throw new Error(`${program} failed: ${output}`, { cause: error })
  }
}

/**
 * The path of a product named after `name` and the digest of its sources. `make` writes it under another name first: two test
 * files may build the same at once.
 */
export async function buildOnce(
  name: string,
  sources: readonly (string | Uint8Array)[],
  make: (path: string) => Promise<unknown>
): Promise<string> {
  const path = join(buildDirectory, `${name}-${digestOf(sources)}`)
  if (existsSync(path)) return path
  mkdirSync(buildDirectory, { recursive: true })
  const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`
  await make(draft)
  if (!existsSync(path)) renameSync(draft, path)
  removeOlder(name, path)
  return path
}

/** Products of sources that are gone: some are large. */
function removeOlder(name: string, current: string): void {
  const product = new RegExp(`^${name.replaceAll('.', '\\.')}-[0-9a-f]{16}$`)
  for (const file of readdirSync(buildDirectory).filter((candidate) => product.test(candidate))) {
    if (join(buildDirectory, file) !== current) rmSync(join(buildDirectory, file), { force: true })
  }
}

/** The files of `folder` with one of these endings, in order. */
export function filesIn(folder: string, ...endings: readonly string[]): string[] {
  const names = readdirSync(folder).filter((name) => endings.some((ending) => name.endsWith(ending)))
  return names.sort().map((name) => join(folder, name))
}

export function readAll(files: readonly string[]): Uint8Array[] {
  return files.map((file) => readFileSync(file))
}

function digestOf(sources: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256')
  for (const source of sources) hash.update(source).update('\0')
  return hash.digest('hex').slice(0, 16)
}
