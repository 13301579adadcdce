// tresor inspect: what a file says, in words; on request also whether it is genuine.
import { type Appraisal, authenticate } from '../../verify/index.js'
import { type Arguments, parseArguments, wrongCommand } from '../arguments.js'
import { collateralOptions, openCollateral } from '../collateral-options.js'
import type { Command, Outcome } from '../command.js'
import { evidenceFrom } from '../evidence-file.js'
import { exitCode } from '../exit-code.js'
import { readInput } from '../files.js'
import { inspect, renderDescription } from '../inspect/index.js'
import type { Io } from '../io.js'
import { renderChecks } from '../render/checks.js'
import { markOf, paragraph, type Style } from '../style.js'
import { expectTime } from '../values.js'

const help = `tresor inspect: what does this file say?

Usage: tresor inspect FILE [--authenticate [OPTION…]]

Shows evidence (a CMW, a report or a quote), a certificate, a chain in PEM, a
revocation list, an SNP certificate table, TCB info, a QE identity or an event
log in words: who may read the guest's memory, which firmware the platform runs,
which key signed. \`-\` is standard input.

Nothing of it is verified: anybody can write such a file. With --authenticate,
evidence is also proved to be genuine, up to the vendor's root. That still says
nothing about whether it is fresh, or of a machine that you want: see verify.

  --authenticate  prove that the evidence is genuine; takes --collateral,
                  --offline, --cache and --service as \`tresor verify\` does
  --at TIME       judge as of this time

Exit code: 0 shown · 1 malformed or not genuine · 3 cannot be decided

Examples:
  tresor inspect evidence.cmw
  tresor inspect report.bin --authenticate --collateral vcek.der
`

const options = { authenticate: 'flag', at: 'value', ...collateralOptions } as const

export const inspectCommand: Command = {
  name: 'inspect',
  summary: 'what a file says, in words: evidence, certificates, lists',
  help,
  run: async (args, io) => {
    const parsed = parseArguments(args, 'inspect', options, { min: 1, max: 1, name: 'one FILE' })
    const [path = '-'] = parsed.operands
    const at = parsed.value('at')
    const now = at === undefined ? io.clock() : expectTime(at, '--at')
    refuseUselessOptions(parsed)
    const bytes = await readInput(path, io)
    const description = inspect(bytes, now)
    const appraisal = parsed.flag('authenticate') ? await prove(bytes, path, now, parsed, io) : undefined
    return report(description, appraisal)
  }
}

function refuseUselessOptions(args: Arguments): void {
  if (args.flag('authenticate')) return
  const useless = Object.keys(collateralOptions).find((name) => args.flag(name))
  if (useless !== undefined) throw wrongCommand('inspect', `--${useless} is of use with --authenticate only`)
}

async function prove(bytes: Uint8Array, path: string, now: Date, args: Arguments, io: Io): Promise<Appraisal> {
  const evidence = evidenceFrom(bytes, path, undefined)
  return authenticate(evidence, { collateral: await openCollateral(args, 'inspect', io), now, allowSimulator: true })
}

function report(description: ReturnType<typeof inspect>, appraisal: Appraisal | undefined): Outcome {
  return {
    exitCode: exitCode.fine,
    json: { verified: false, ...description, ...(appraisal === undefined ? {} : { appraisal }) },
    render: (style) => [
      ...renderDescription(description, style),
      ...(appraisal === undefined ? [notVerified(style)] : renderGenuine(appraisal, style))
    ]
  }
}

function notVerified(style: Style): string {
  return style.paint('dim', 'not verified: these are claims, and anybody can write such a file')
}

function renderGenuine(appraisal: Appraisal, style: Style): readonly string[] {
  const what = appraisal.simulated
    ? 'consistent, but of the SIMULATOR: it proves nothing'
    : 'genuine, at this time; whether it is fresh and of a machine that you want was not asked'
  return [
    ...paragraph(style, `${markOf(style, appraisal.simulated ? 'warn' : 'passed')} `, what),
    ...renderChecks(appraisal.checks, style)
  ]
}
