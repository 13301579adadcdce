// One run of the command line: find the command, run it, show what it found, say it with the exit code.
import { UsageError } from '../core/index.js'
import type { Command, Outcome } from './command.js'
import { commands } from './commands/index.js'
import { type ExitCode, exitCode, exitCodeOf } from './exit-code.js'
import { renderHelp } from './help.js'
import type { Io } from './io.js'
import { toJson } from './json.js'
import { describeFailure, renderFailure, renderStack } from './render/failure.js'
import { styleFor } from './style.js'
import { readVersion } from './version.js'

/** Runs `tresor` with these arguments. Never throws: a failure is shown, and is the exit code. */
export async function runCli(args: readonly string[], io: Io): Promise<ExitCode> {
  try {
    return show(await perform(args, io), args, io)
  } catch (error) {
    showFailure(error, args, io)
    return exitCodeOf(error)
  }
}

function perform(args: readonly string[], io: Io): Promise<Outcome> | Outcome {
  const [name = 'help', ...rest] = args
  if (name === '--version' || name === '-v') return versionOutcome()
  if (name === 'help' || name === '--help' || name === '-h') return help(rest[0])
  const command = findCommand(name)
  return isHelpWanted(rest) ? help(name) : command.run(rest, io)
}

function versionOutcome(): Outcome {
  const version = readVersion()
  return textOutcome(version, { version })
}

function help(name: string | undefined): Outcome {
  const text = name === undefined || name.startsWith('-') ? renderHelp(commands) : findCommand(name).help
  return textOutcome(text, { help: text })
}

function findCommand(name: string): Command {
  const command = commands.find((candidate) => candidate.name === name)
  if (command !== undefined) return command
  const names = commands.map((candidate) => candidate.name).join(', ')
  throw new UsageError('ERR_USAGE_COMMAND', `unknown command '${name}'; there are ${names}`, {
    details: { remedy: 'see `tresor help`' }
  })
}

/** What follows `--` is an operand. */
function isHelpWanted(args: readonly string[]): boolean {
  return optionsOf(args).some((arg) => arg === '--help' || arg === '-h')
}

function optionsOf(args: readonly string[]): readonly string[] {
  const end = args.indexOf('--')
  return end < 0 ? args : args.slice(0, end)
}

function textOutcome(text: string, json: unknown): Outcome {
  return { exitCode: exitCode.fine, json, render: () => text.trimEnd().split('\n') }
}

function show(outcome: Outcome, args: readonly string[], io: Io): ExitCode {
  if (optionsOf(args).includes('--json')) {
    if (outcome.json !== undefined) io.stdout.write(toJson(outcome.json))
    return outcome.exitCode
  }
  if (outcome.data !== undefined) io.stdout.write(outcome.data)
  const output = outcome.data === undefined ? io.stdout : io.stderr
  const lines = outcome.render(styleFor(output, io.env))
  if (lines.length > 0) output.write(`${lines.join('\n')}\n`)
  return outcome.exitCode
}

function showFailure(error: unknown, args: readonly string[], io: Io): void {
  const options = optionsOf(args)
  if (options.includes('--json')) io.stdout.write(toJson({ error: describeFailure(error) }))
  else io.stderr.write(`${renderFailure(error, styleFor(io.stderr, io.env)).join('\n')}\n`)
  if (options.includes('--debug')) io.stderr.write(`${renderStack(error).join('\n')}\n`)
}
