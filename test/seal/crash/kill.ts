// kill -9 at system calls of a workload: a library in front of libc ends the process at the entry of each call that changes files, one process for
// each, some of them in the middle of a write. What is left is opened here and compared with what the process had been told.
import { execFile, execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TresorError } from '../../../packages/sdk/src/core/index.js'
import { directory } from '../../../packages/sdk/src/seal/backends/directory/index.js'
import { buildDirectory } from '../../kernel/support/build-directory.js'
import { bundleProgram } from '../../kernel/support/bundle-program.js'
import { create, open } from '../store/fixture.js'
import { checkSurvivor, planOf } from './workload.js'

export interface KillOptions {
  readonly points: number
  /** Of the first workload; the next ones follow. */
  readonly seed: number
  readonly steps: number
  /** Take every so manieth call. */
  readonly stride?: number
}

export interface KillResult {
  readonly points: number
  readonly torn: number
  readonly workloads: number
  readonly problems: readonly string[]
}

interface Victim {
  readonly program: string
  readonly library: string
  readonly folder: string
}

/** Processes at a time. */
const atOnce = 2

export async function runKills({ points, seed, steps, stride = 1 }: KillOptions): Promise<KillResult> {
  const folder = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'tresor-kill-'))
  const victim = {
    program: await bundleProgram(sourceOf('kill.program.ts'), 'seal-kill'),
    library: await compile(),
    folder
  }
  const problems: string[] = []
  let [done, torn, workloads] = [0, 0, 0]
  try {
    for (let at = seed; done < points; at++, workloads++) {
      const calls = await countCalls(victim, at, steps)
      const numbers = Array.from({ length: calls }, (_, i) => i + 1).filter((number) => number % stride === 0)
      const due = numbers.slice(0, points - done).map((number) => ({ number, isTorn: (number + at) % 2 === 0 }))
      for (let i = 0; i < due.length; i += atOnce) {
        const found = await Promise.all(due.slice(i, i + atOnce).map((point) => killOnce(victim, at, steps, point)))
        problems.push(...found.flat())
      }
      done += due.length
      torn += due.filter(({ isTorn }) => isTorn).length
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return { points: done, torn, workloads, problems }
}

async function compile(): Promise<string> {
  await mkdir(buildDirectory, { recursive: true })
  const library = join(buildDirectory, `kill-at-${process.pid}.so`)
  const flags = ['-O2', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC']
  execFileSync('gcc', [...flags, '-o', library, sourceOf('kill-at.c'), '-ldl'])
  return library
}

function sourceOf(name: string): string {
  return join(import.meta.dirname, name)
}

async function countCalls(victim: Victim, seed: number, steps: number): Promise<number> {
  const path = join(victim.folder, `count-${seed}`)
  const { lines } = await run(victim, path, seed, steps, { KILL_COUNT: '1' })
  await rm(path, { recursive: true, force: true })
  const calls = Number(lines.find((line) => line.startsWith('calls '))?.slice(6))
  if (!lines.includes('end') || !(calls > 20)) throw new Error('the workload does not come to its end')
  return calls
}

async function killOnce(
  victim: Victim,
  seed: number,
  steps: number,
  { number, isTorn }: { readonly number: number; readonly isTorn: boolean }
): Promise<readonly string[]> {
  const path = join(victim.folder, `${seed}-${number}`)
  const environment = { KILL_AT: String(number), ...(isTorn ? { KILL_TORN: '1' } : {}) }
  const { lines, signal } = await run(victim, path, seed, steps, environment)
  const problem = signal === 'SIGKILL' ? await judge(path, planOf(seed, steps), lines) : 'nobody was killed'
  await rm(path, { recursive: true, force: true })
  return problem === undefined ? [] : [`seed ${seed}, call ${number}: ${problem}`]
}

async function judge(
  path: string,
  plan: ReturnType<typeof planOf>,
  lines: readonly string[]
): Promise<string | undefined> {
  try {
    if (!lines.includes('created') && !(await isThere(path))) await create(directory(path))
  } catch (error) {
    return `it can neither be made nor be opened: ${error}`
  }
  const last = (word: string) => Math.max(0, ...lines.filter((line) => line.startsWith(word)).map(numberOf))
  return checkSurvivor(directory(path), plan, { acknowledged: last('acknowledged'), asked: last('asked') })
}

function numberOf(line: string): number {
  return Number(line.split(' ')[1])
}

async function isThere(path: string): Promise<boolean> {
  try {
    await (await open(directory(path))).close()
    return true
  } catch (error) {
    if (TresorError.is(error) && error.code === 'ERR_USAGE_STORE') return false
    throw error
  }
}

function run(
  { program, library }: Victim,
  path: string,
  seed: number,
  steps: number,
  environment: Readonly<Record<string, string>>
): Promise<{ readonly lines: readonly string[]; readonly signal: string | null }> {
  const env = { ...process.env, ...environment, LD_PRELOAD: library, UV_THREADPOOL_SIZE: '1', NODE_NO_WARNINGS: '1' }
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [program, path, String(seed), String(steps)], { env }, (_error, stdout) =>
      resolve({ lines: stdout.split('\n'), signal: child.signalCode })
    )
  })
}
