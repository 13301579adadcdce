// Builds the supervisor when its sources have changed, and finds out whether this machine lets it work.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export type Supervisor = { readonly path: string } | { readonly reason: string }

const folder = join(import.meta.dirname, 'src')
const output = join(dirname(import.meta.dirname), 'build', 'supervisor')

/** Found out once for each way. */
const found = new Map<boolean, Supervisor>()

/** `userNamespace`: the way for users without privilege. */
export function findSupervisor({ userNamespace }: { readonly userNamespace: boolean }): Supervisor {
  const supervisor = found.get(userNamespace) ?? buildAndProbe(userNamespace)
  found.set(userNamespace, supervisor)
  return supervisor
}

function buildAndProbe(userNamespace: boolean): Supervisor {
  if (process.platform !== 'linux') return { reason: 'needs Linux' }
  const compiler = [process.env.CC ?? 'cc', 'gcc', 'clang'].find((name) => isProgram(name))
  if (compiler === undefined) return { reason: 'no C compiler: apt-get install gcc' }
  build(compiler)
  const probe = spawnSync(output, [...(userNamespace ? ['--userns'] : []), '--backend=/none', '--', 'true'])
  // The backend is asked for only after namespace and filter have been made.
  const message = probe.stderr.toString()
  return message.includes('connect to the backend') ? { path: output } : { reason: message.trim() }
}

function build(compiler: string): void {
  const sources = readdirSync(folder).map((name) => join(folder, name))
  const hash = createHash('sha256').update(compiler)
  for (const file of sources) hash.update(readFileSync(file))
  const digest = hash.digest('hex')
  const stamp = `${output}.sha256`
  if (existsSync(output) && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return
  mkdirSync(dirname(output), { recursive: true })
  const temporary = `${output}.${process.pid}`
  const flags = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', '-o', temporary]
  const { status, stderr } = spawnSync(compiler, [...flags, ...sources.filter((file) => file.endsWith('.c'))])
  if (status !== 0) throw new Error(`the supervisor does not compile:\n${stderr}`)
  renameSync(temporary, output)
  writeFileSync(stamp, digest)
}

function isProgram(name: string): boolean {
  return spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0
}
