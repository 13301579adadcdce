// Runs the command line in this process, with streams, clock and machine of the test.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { Machine } from '../../packages/sdk/src/cli/doctor/index.js'
import { type Io, type Output, runCli } from '../../packages/sdk/src/cli/index.js'
import { concatBytes, utf8 } from '../../packages/sdk/src/core/index.js'

export interface RunOptions {
  readonly stdin?: Uint8Array
  readonly env?: Io['env']
  readonly isTerminal?: boolean
  readonly columns?: number
  readonly now?: Date
  readonly fetch?: typeof globalThis.fetch
  readonly machine?: Machine
  readonly onSignal?: Io['onSignal']
  /** Hears what is written, while the command runs. */
  readonly onWrite?: (text: string) => void
}

export interface RunResult {
  readonly code: number
  readonly stdout: string
  readonly stdoutBytes: Uint8Array
  readonly stderr: string
  /** Standard output as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into documents whose shape is what they test
  readonly json: any
}

/** A directory of this test file, removed after it. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'tresor-cli-'))
  afterAll(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** Shared by all test files and runs: the keys of a new chip take some seconds. */
export const simulatorDirectory: string = join(import.meta.dirname, '../../.cache/test-simulator')

const cache = mkdtempSync(join(tmpdir(), 'tresor-cli-cache-'))
process.on('exit', () => rmSync(cache, { recursive: true, force: true }))

export async function run(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const stdout = collector(options)
  const stderr = collector(options)
  const code = await runCli(args, {
    stdout,
    stderr,
    readStdin: async () => options.stdin ?? new Uint8Array(0),
    env: { XDG_CACHE_HOME: cache, ...options.env },
    clock: () => options.now ?? new Date(),
    fetch: options.fetch ?? noNetwork,
    machine: options.machine ?? plainMachine,
    onSignal: options.onSignal ?? noSignals
  })
  return {
    code,
    stdout: stdout.text(),
    stdoutBytes: stdout.bytes(),
    stderr: stderr.text(),
    get json() {
      return JSON.parse(stdout.text())
    }
  }
}

const noNetwork: typeof globalThis.fetch = async () => {
  throw new TypeError('a test without network asked for some')
}

const noSignals: Io['onSignal'] = () => () => undefined

/** Linux with nothing special. */
export const plainMachine: Machine = {
  platform: 'linux',
  nodeVersion: 'v22.1.0',
  execArguments: [],
  readText: async () => undefined,
  access: async () => 'missing',
  listSizes: async () => undefined,
  addonProblem: async () => undefined
}

interface Collector extends Output {
  text(): string
  bytes(): Uint8Array
}

function collector({ isTerminal = false, columns = 80, onWrite }: RunOptions): Collector {
  const parts: Uint8Array[] = []
  return {
    isTerminal,
    columns,
    write: (data) => {
      parts.push(typeof data === 'string' ? utf8(data) : data)
      onWrite?.(typeof data === 'string' ? data : new TextDecoder().decode(data))
    },
    text: () => new TextDecoder().decode(concatBytes(...parts)),
    bytes: () => concatBytes(...parts)
  }
}
