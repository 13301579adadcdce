// tresor detect: which TEE this is, and what is wrong with the interfaces that do not work.
import { type ProbeResult, probe, type UnavailableProvider } from '../../attest/index.js'
import { parseArguments } from '../arguments.js'
import type { Command, Outcome } from '../command.js'
import { exitCode } from '../exit-code.js'
import { labelled, markOf, type Style } from '../style.js'

const help = `tresor detect: which trusted execution environment is this?

Usage: tresor detect [--json]

Asks each interface in order of truth: configfs-tsm, then the vendor's device.
The first that works is the provider that \`tresor attest\` uses; for each other
one it says what is wrong and what to do. No evidence is made.

The simulator is considered only with TRESOR_SIMULATOR=1 in the environment, and
last. TRESOR_SIMULATOR_DIRECTORY keeps its chip.

Exit code: 0 found · 3 nothing works here

Examples:
  tresor detect
  tresor detect --json
  TRESOR_SIMULATOR=1 tresor detect
`

export const detectCommand: Command = {
  name: 'detect',
  summary: 'which trusted execution environment this is',
  help,
  run: async (args) => {
    parseArguments(args, 'detect', {}, { min: 0, max: 0, name: 'no argument' })
    return report(await probe())
  }
}

function report({ tee, others }: ProbeResult): Outcome {
  const found = tee && { kind: tee.kind, provider: tee.provider.name, simulated: tee.provider.simulated }
  const alternatives = tee?.alternatives.map(({ name }) => name) ?? []
  return {
    exitCode: tee === undefined ? exitCode.unavailable : exitCode.fine,
    json: { found: tee !== undefined, ...found, alternatives, others },
    render: (style) => [...renderFound(found, style), ...others.flatMap((other) => renderOther(other, style))]
  }
}

interface Found {
  readonly kind: string
  readonly provider: string
  readonly simulated: boolean
}

function renderFound(found: Found | undefined, style: Style): readonly string[] {
  if (found === undefined) return [`${markOf(style, 'failed')} no trusted execution environment works here`]
  const { kind, provider, simulated } = found
  const note = simulated ? style.paint('warn', '  SIMULATED: proves nothing') : ''
  return [`${markOf(style, simulated ? 'warn' : 'passed')} ${kind}  by ${provider}${note}`]
}

function renderOther({ name, reason, remedy }: UnavailableProvider, style: Style): readonly string[] {
  return [
    `  ${markOf(style, 'skipped')} ${style.paint('bold', name)}`,
    ...labelled(style, 'reason', reason, 4, 6),
    ...labelled(style, 'do', remedy, 4, 6)
  ]
}
