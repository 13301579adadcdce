// The addon under test, where it has been built, and programs that use it in a process of their own.
import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe } from 'vitest'

export type Addon = typeof import('@tresor/native')

export const root = dirname(dirname(import.meta.dirname))
export const addonFile = join(root, `packages/native/prebuilds/${process.platform}-${process.arch}/tresor.glibc.node`)

const howTo = 'run: node packages/native/build.mjs'

/** A suite on the addon; skipped under a name that says how to build it, or names the `obstacle`. `load` is for use inside of tests. */
export function describeWithAddon(name: string, body: (load: () => Promise<Addon>) => void, obstacle = ''): void {
  const load = (): Promise<Addon> => import('@tresor/native')
  const missing = existsSync(addonFile) ? '' : ` (skipped: the addon is not built; ${howTo})`
  describe.skipIf(missing + obstacle !== '')(name + missing + obstacle, () => body(load))
}

export interface ProgramOptions {
  readonly node?: string
  readonly nodeArgs?: readonly string[]
  readonly uid?: number
  /** RLIMIT_MEMLOCK in KiB. */
  readonly lockLimit?: number
}

/** Runs an ES module from the root of the repository. */
function runProgram(script: string, options: ProgramOptions = {}): SpawnSyncReturns<string> {
  const { node = process.execPath, nodeArgs = [], uid, lockLimit } = options
  const command = [node, ...nodeArgs, '--input-type=module', '--eval', script]
  const limit = lockLimit === undefined ? '' : `ulimit -l ${lockLimit}; `
  const ids = uid === undefined ? {} : { uid, gid: uid }
  return spawnSync('/bin/sh', ['-c', `${limit}exec "$0" "$@"`, ...command], { cwd: root, encoding: 'utf8', ...ids })
}

/** What the program printed as JSON. */
export function runForResult(script: string, options: ProgramOptions = {}): unknown {
  const { stdout, stderr, status } = runProgram(script, options)
  if (status !== 0) throw new Error(`the program ended with ${status}: ${stderr}`)
  return JSON.parse(stdout)
}

/** A user without privilege: that of the tests, or nobody where they run as root. */
export const unprivileged: { readonly uid?: number } = process.getuid?.() === 0 ? { uid: 65534 } : {}

/** Why such a user cannot run our programs here: empty when nothing is in the way. */
export const unprivilegedObstacle =
  unprivileged.uid === undefined || [root, process.execPath].every(isOpenToOthers)
    ? ''
    : ' (skipped: other users cannot reach the repository or Node; move them out of a private folder)'

function isOpenToOthers(path: string): boolean {
  const open = (statSync(path).mode & 0o005) === 0o005
  return open && (path === '/' || isOpenToOthers(dirname(path)))
}
