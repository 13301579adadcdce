// What the commands may touch of the outside world. Tests give their own; main.ts gives the process's.
import type { Clock } from '../core/index.js'
import type { Environment, Machine } from './doctor/machine.js'

export interface Output {
  write(data: string | Uint8Array): void
  readonly isTerminal: boolean
  /** Width in characters. */
  readonly columns: number
}

export interface Io {
  readonly stdout: Output
  readonly stderr: Output
  /** Standard input up to its end, or until it has more than `maxBytes`. */
  readStdin(maxBytes: number): Promise<Uint8Array>
  readonly env: Environment
  readonly clock: Clock
  readonly fetch: typeof globalThis.fetch
  readonly machine: Machine
  /** From now on `listener` is called in place of what the signal does by itself. Returns what undoes that. */
  onSignal(name: SignalName, listener: () => void): () => void
}

export type SignalName = 'SIGHUP' | 'SIGINT' | 'SIGTERM'
