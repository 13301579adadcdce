// What a command is, and what it leaves to be shown.
import type { ExitCode } from './exit-code.js'
import type { Io } from './io.js'
import type { Style } from './style.js'

export interface Command {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  /** Fits a screen: at most 24 lines of 80 characters. */
  readonly help: string
  /** @throws TresorError, which becomes the exit code of its class */
  run(args: readonly string[], io: Io): Promise<Outcome>
}

export interface Outcome {
  readonly exitCode: ExitCode
  /** The result for programs: one JSON document. Undefined where all was said while the command ran. */
  readonly json: unknown
  /** The result for people: lines. */
  render(style: Style): readonly string[]
  /** Goes to standard output as it is; the lines for people then go to standard error. */
  readonly data?: Uint8Array | string
}
