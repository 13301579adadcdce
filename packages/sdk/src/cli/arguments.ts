// Command lines, read strictly: unknown options, missing values and repetitions are errors, not guesses.
import { parseArgs } from 'node:util'
import { UsageError } from '../core/index.js'

/** `flag`: no value. `value`: one value, once. `values`: one value each time. */
type OptionKind = 'flag' | 'value' | 'values'

export type OptionKinds = Readonly<Record<string, OptionKind>>

/** Known to every command; run.ts acts on them. */
const commonOptions: OptionKinds = { json: 'flag', help: 'flag', debug: 'flag' }

export interface Operands {
  readonly min: number
  readonly max: number
  /** As in the help, for example `FILE…`. */
  readonly name: string
}

export class Arguments {
  readonly operands: readonly string[]
  readonly #values: ReadonlyMap<string, readonly string[]>

  constructor(operands: readonly string[], values: ReadonlyMap<string, readonly string[]>) {
    this.operands = operands
    this.#values = values
  }

  flag(name: string): boolean {
    return this.#values.has(name)
  }

  value(name: string): string | undefined {
    return this.#values.get(name)?.[0]
  }

  values(name: string): readonly string[] {
    return this.#values.get(name) ?? []
  }

  /** @throws UsageError ERR_USAGE_COMMAND */
  required(name: string, command: string): string {
    const value = this.value(name)
    if (value === undefined) throw wrongCommand(command, `--${name} is required`)
    return value
  }
}

/** @throws UsageError ERR_USAGE_COMMAND */
export function parseArguments(
  args: readonly string[],
  command: string,
  kinds: OptionKinds,
  expected: Operands
): Arguments {
  const known: OptionKinds = { ...kinds, ...commonOptions }
  const operands: string[] = []
  const values = new Map<string, string[]>()
  for (const token of tokensOf(args, known)) {
    if (token.kind === 'positional') operands.push(token.value)
    if (token.kind === 'option') addOption(values, readOption(token, known, command), known, command)
  }
  if (operands.length < expected.min) throw wrongCommand(command, `expected ${expected.name}`)
  if (operands.length > expected.max) {
    throw wrongCommand(command, `unexpected argument '${operands[expected.max]}'`)
  }
  return new Arguments(operands, values)
}

/** An error about the command line of `command`. */
export function wrongCommand(command: string, message: string): UsageError {
  const remedy = `see \`tresor help ${command.split(' ')[0]}\``
  return new UsageError('ERR_USAGE_COMMAND', `tresor ${command}: ${message}`, { details: { remedy } })
}

type Token = ReturnType<typeof tokensOf>[number]
type OptionToken = Extract<Token, { kind: 'option' }>

function tokensOf(args: readonly string[], kinds: OptionKinds) {
  const options = Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [
      name,
      { type: kind === 'flag' ? ('boolean' as const) : ('string' as const), ...(name === 'help' ? { short: 'h' } : {}) }
    ])
  )
  return parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true }).tokens
}

function readOption(token: OptionToken, kinds: OptionKinds, command: string): readonly [name: string, value: string] {
  const kind = Object.hasOwn(kinds, token.name) ? kinds[token.name] : undefined
  if (kind === undefined) {
    const names = Object.keys(kinds).map((name) => `--${name}`)
    throw wrongCommand(command, `unknown option '${token.rawName}'; there are ${names.join(', ')}`)
  }
  if (kind === 'flag') {
    if (token.value !== undefined) throw wrongCommand(command, `${token.rawName} takes no value`)
    return [token.name, '']
  }
  const isNextOption = token.inlineValue === false && token.value !== '-' && token.value.startsWith('-')
  if (token.value === undefined || token.value === '' || isNextOption) {
    throw wrongCommand(command, `${token.rawName} needs a value`)
  }
  return [token.name, token.value]
}

function addOption(
  values: Map<string, string[]>,
  [name, value]: readonly [name: string, value: string],
  kinds: OptionKinds,
  command: string
): void {
  const earlier = values.get(name)
  if (earlier !== undefined && kinds[name] === 'value') throw wrongCommand(command, `--${name} is given twice`)
  values.set(name, [...(earlier ?? []), value])
}
