// Seeded operations, done by node:fs/promises in a directory and by a vault, step by step: results and errors must be the same.
import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import nodeFs, { type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { VaultFileHandle } from '../../../packages/sdk/src/seal/fs/file-handle.js'
import type { VaultPromises } from '../../../packages/sdk/src/seal/fs/vault-promises.js'
import { seeded } from '../../support/seeded.js'
import { listAll, type Operation, randomOperation } from './operations.js'

/** Deep enough that no path of an operation leads out of the directory. */
const base = 'a/b/c/d'

export interface Difference {
  readonly step: number
  readonly operation: string
  readonly node: unknown
  readonly vault: unknown
}

export interface Outcome {
  readonly steps: number
  /** How often an operation failed in both. */
  readonly refusals: number
  readonly differences: readonly Difference[]
}

/** One side: its files, its handles, and where it begins. */
export interface Side {
  readonly fs: typeof nodeFs | VaultPromises
  /** What paths in results begin with. */
  readonly top: string
  readonly root: string
  readonly handles: (FileHandle | VaultFileHandle | undefined)[]
  /** Removes everything below `root`. */
  empty(): Promise<void>
}

/** Stops at the tenth difference. */
export async function compareWithNode(vault: VaultPromises, seed: number, steps: number): Promise<Outcome> {
  const directory = mkdtempSync(join(tmpdir(), 'tresor-differential-'))
  const [nodeRoot, vaultRoot] = [join(directory, base), `/${base}`]
  // Trees may be deeper than what Node itself can remove.
  const emptyNode = async () => void execFileSync('sh', ['-c', `rm -rf "${nodeRoot}" && mkdir "${nodeRoot}"`])
  const emptyVault = async () => {
    for (const name of await vault.readdir(vaultRoot)) await vault.rm(`${vaultRoot}/${name}`, { recursive: true })
  }
  const sides: readonly [Side, Side] = [
    { fs: nodeFs, top: directory, root: nodeRoot, handles: [], empty: emptyNode },
    { fs: vault, top: '', root: vaultRoot, handles: [], empty: emptyVault }
  ]
  try {
    for (const { fs, root } of sides) await (fs as typeof nodeFs).mkdir(root, { recursive: true }) // the same call in both
    return await compare(sides, seed, steps)
  } finally {
    for (const { handles } of sides) for (const handle of handles) await handle?.close().catch(() => undefined)
    execFileSync('rm', ['-rf', directory])
  }
}

async function compare(sides: readonly [Side, Side], seed: number, steps: number): Promise<Outcome> {
  const random = seeded(seed)
  const differences: Difference[] = []
  let refusals = 0
  for (let step = 0; step < steps && differences.length < 10; step++) {
    const operation = step % 500 === 499 ? wholeTree : randomOperation(random)
    const [node, ours] = await Promise.all(sides.map((side) => outcomeOf(operation, side)))
    if (JSON.stringify(node) !== JSON.stringify(ours)) {
      differences.push({ step, operation: operation.title, node, vault: ours })
    }
    if (typeof node === 'object' && node !== null && 'code' in node) refusals++
  }
  return { steps, refusals, differences }
}

const wholeTree: Operation = {
  title: 'the whole tree',
  run: async ({ fs, root }) => {
    const list = await listAll(fs as typeof nodeFs, root)
    return Promise.all(list.map((name) => describe(fs as typeof nodeFs, join(root, name), name)))
  }
}

async function describe(fs: typeof nodeFs, path: string, name: string): Promise<string> {
  const stats = await fs.lstat(path)
  if (stats.isSymbolicLink()) return `${name} -> ${await fs.readlink(path)}`
  const mode = (stats.mode & 0o7777).toString(8)
  return stats.isFile() ? `${name} ${mode} ${await fs.readFile(path, 'base64')}` : `${name} ${mode}`
}

/** The result, or the error in its fields; paths as seen from the top. */
async function outcomeOf(operation: Operation, side: Side): Promise<unknown> {
  try {
    return { result: plain(await operation.run(side), side.top) }
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error
    const { code, errno, syscall, path, dest } = error as NodeJS.ErrnoException & { dest?: string }
    if (operation.onlyCode === true || String(code).startsWith('ERR_')) return { code }
    return {
      code,
      errno,
      syscall,
      path: plain(path, side.top),
      dest: plain(dest, side.top),
      message: plain(error.message, side.top)
    }
  }
}

function plain(value: unknown, top: string): unknown {
  if (typeof value === 'string') return top === '' ? value : value.replaceAll(top, '')
  if (Buffer.isBuffer(value)) return value.toString('base64')
  return value ?? null
}
