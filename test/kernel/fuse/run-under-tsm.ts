// Runs a Node program that sees our configfs-tsm where the kernel's would be. Its parent, this process, answers for the driver.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildTsmFuse } from './build-tsm-fuse.js'
import { startTsmBackend, type TsmHandlers, type TsmQuestion } from './tsm-backend.js'

export interface TsmOptions {
  /** The name that the driver registers, or `none` for a kernel in which no driver has. */
  readonly provider: string
  /** The files of an entry. */
  readonly attributes: readonly string[]
  readonly privlevelFloor?: number
  /** For the program. */
  readonly args?: readonly string[]
  readonly timeoutMs?: number
}

export interface TsmRun {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly questions: readonly TsmQuestion[]
}

/**
 * Runs `script` with the Node that runs this. Nothing of it is left when the promise settles.
 * @throws what a handler threw
 */
export async function runUnderTsm(script: string, handlers: TsmHandlers, options: TsmOptions): Promise<TsmRun> {
  const daemon = await buildTsmFuse()
  const directory = await mkdtemp(join(tmpdir(), 'tresor-tsm-'))
  const backend = await startTsmBackend(join(directory, 'backend.sock'), handlers)
  try {
    const outcome = await runDaemon(daemon, daemonArguments(backend.path, script, options), options.timeoutMs ?? 20_000)
    if (backend.failures.length > 0) throw backend.failures[0]
    return { ...outcome, questions: backend.questions }
  } finally {
    await backend.close()
    await rm(directory, { recursive: true, force: true })
  }
}

function daemonArguments(socketPath: string, script: string, options: TsmOptions): string[] {
  const { provider, attributes, privlevelFloor = 0, args = [] } = options
  return [socketPath, provider, String(privlevelFloor), attributes.join(','), process.execPath, script, ...args]
}

/** Ending the daemon ends the program with it: its death is the program's, and the mounts go with both. */
function runDaemon(daemon: string, args: readonly string[], timeout: number): Promise<Omit<TsmRun, 'questions'>> {
  return new Promise((resolve, reject) => {
    const child = spawn(daemon, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout, killSignal: 'SIGKILL' })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}
