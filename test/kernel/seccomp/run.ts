// Runs a program on a machine that a test describes: guest devices and AF_VSOCK are emulated below it, by way of the system calls that it
// makes. The program is unmodified; it finds the devices in a private /dev.
import { spawn } from 'node:child_process'
import { dirname } from 'node:path'
import { describe } from 'vitest'
import { startBackend } from './backend.js'
import { devicesOf } from './drivers.js'
import type { KernelHandlers } from './handlers.js'
import { findSupervisor } from './supervisor.js'

export interface RunOptions {
  /** Node that runs the script; default: this one. */
  readonly node?: string
  readonly nodeArgs?: readonly string[]
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Runs as this user, in a user namespace of its own. */
  readonly uid?: number
  readonly timeoutMs?: number
}

export interface RunResult {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

const root = dirname(dirname(dirname(import.meta.dirname)))

/** The way for this user: root needs no user namespace, unless something has taken that right away. */
function chooseWay(uid?: number): { readonly userNamespace: boolean } {
  const direct = process.getuid?.() === 0 && uid === undefined && 'path' in findSupervisor({ userNamespace: false })
  return { userNamespace: !direct }
}

/** The suite, skipped under a name with the reason where this machine cannot run it. */
export function describeUnderSupervisor(name: string, body: () => void, skip = false): void {
  const supervisor = findSupervisor(chooseWay())
  if ('path' in supervisor) describe.skipIf(skip)(name, body)
  else describe.skip(`${name} (skipped: ${supervisor.reason})`, body)
}

/**
 * Runs `script`, an ES module, in Node on such a machine. Relative imports start at the root of the repository. Handlers run in this process,
 * so the script may block in a system call.
 * @throws what a handler threw
 */
export async function runUnderSupervisor(
  script: string,
  handlers: KernelHandlers,
  options: RunOptions = {}
): Promise<RunResult> {
  const supervisor = findSupervisor(chooseWay(options.uid))
  if ('reason' in supervisor) throw new Error(supervisor.reason)
  const backend = await startBackend(handlers, options.uid)
  try {
    const result = await run([supervisor.path, ...argumentsFor(script, backend.path, handlers, options)], options)
    if (backend.failures.length > 0) throw backend.failures[0]
    return result
  } finally {
    await backend.close()
  }
}

function argumentsFor(script: string, path: string, handlers: KernelHandlers, options: RunOptions): readonly string[] {
  const { node = process.execPath, nodeArgs = [], args = [], env = {}, uid } = options
  return [
    ...(chooseWay(uid).userNamespace ? ['--userns'] : []),
    `--devices=${devicesOf(handlers).join(',')}`,
    `--backend=${path}`,
    '--',
    'env',
    // io_uring would pass by the filter.
    'UV_USE_IO_URING=0',
    ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
    node,
    ...nodeArgs,
    '--input-type=module',
    '--eval',
    script,
    '--',
    ...args
  ]
}

function run([command = '', ...args]: readonly string[], options: RunOptions): Promise<RunResult> {
  const ids = options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...ids })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      output[name] += chunk
    })
  }
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 20_000)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ code, signal, ...output })
    })
  })
}
