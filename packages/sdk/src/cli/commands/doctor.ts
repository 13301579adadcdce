// tresor doctor: what this machine can do, and what to do about the rest.
import { probe } from '../../attest/index.js'
import { parseArguments } from '../arguments.js'
import { defaultCacheDirectory } from '../collateral-options.js'
import type { Command, Outcome } from '../command.js'
import {
  examineAddon,
  examineCache,
  examineClock,
  examineDevices,
  examineMemory,
  examineNode,
  examineOptions,
  examineTee,
  type Finding,
  type Level
} from '../doctor/index.js'
import { exitCode } from '../exit-code.js'
import type { Io } from '../io.js'
import { markOf, paragraph, type Style } from '../style.js'

const help = `tresor doctor: what can this machine do, and what to do about the rest?

Usage: tresor doctor [--json]

Looks at Node and its options, the interfaces of TEEs, the native addon, locked
memory, swap and core dumps, the clock, and cached collateral. Each line is fine
(✓), a warning (!) or a failure (✗), with a remedy. Nothing is changed, and the
network is not used.

A machine without a TEE can still verify: there the exit code is 3, because
nothing can attest, and the last line says what works.

Exit code: 0 this machine can attest · 3 it cannot, or a line failed

Examples:
  tresor doctor
  tresor doctor --json
`

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'what this machine can do, and what to do about the rest',
  help,
  run: async (args, io) => {
    parseArguments(args, 'doctor', {}, { min: 0, max: 0, name: 'no argument' })
    return report(await examine(io))
  }
}

async function examine(io: Io): Promise<readonly Finding[]> {
  const { machine, env, clock } = io
  return [
    examineNode(machine),
    ...examineOptions(machine, env),
    examineClock(clock()),
    ...examineTee(await probe()),
    await examineAddon(machine),
    ...(await examineDevices(machine)),
    ...(await examineMemory(machine)),
    await examineCache(machine, defaultCacheDirectory(env))
  ]
}

function report(findings: readonly Finding[]): Outcome {
  const failed = findings.filter(({ level }) => level === 'fail')
  const canVerify = failed.every(({ id }) => id === 'tee')
  const canAttest = failed.length === 0
  return {
    exitCode: canAttest ? exitCode.fine : exitCode.unavailable,
    json: { canVerify, canAttest, findings },
    render: (style) => [...findings.flatMap((finding) => renderFinding(finding, style)), verdict(canVerify, canAttest)]
  }
}

const marks = { ok: 'passed', warn: 'warn', fail: 'failed' } as const satisfies Record<Level, string>

function renderFinding({ level, text, remedy }: Finding, style: Style): readonly string[] {
  const [first = '', ...rest] = paragraph(style, '  ', text)
  return [
    `${markOf(style, marks[level])} ${first.slice(2)}`,
    ...rest,
    ...(remedy === undefined ? [] : paragraph(style, '    do: ', remedy))
  ]
}

function verdict(canVerify: boolean, canAttest: boolean): string {
  if (canAttest) return 'This machine can attest and verify.'
  return canVerify ? 'This machine can verify evidence, but not attest.' : 'This machine needs attention first.'
}
