// tresor verify: genuine, fresh, and what the policy wants? One verdict for each file.
import type { EvidenceKind } from '../../evidence/index.js'
import { type Appraisal, appraisalOf, type Collateral, type Policy, verify } from '../../verify/index.js'
import { type Arguments, parseArguments, wrongCommand } from '../arguments.js'
import { collateralOptions, openCollateral } from '../collateral-options.js'
import type { Command, Outcome } from '../command.js'
import { expectKind, readEvidence } from '../evidence-file.js'
import { type ExitCode, exitCode, exitCodeOf, worstOf } from '../exit-code.js'
import type { Io } from '../io.js'
import { nextStepOf } from '../next-step.js'
import { readPolicy } from '../policy-file.js'
import { renderAccepted } from '../render/accepted.js'
import { describeFailure, renderFailure } from '../render/failure.js'
import { expectHex, expectTime } from '../values.js'

const help = `tresor verify: is this evidence genuine, fresh, and what I want?

Usage: tresor verify FILE… --policy P --nonce HEX [OPTION…]

FILE is a CMW (CBOR or JSON), or a report as the device made it; \`-\` is stdin.

  --policy P          what is accepted; \`tresor policy from\` writes a first one
  --nonce HEX         the nonce that was given to \`tresor attest\`
  --report-data HEX   or the 64 bytes of report data themselves
  --collateral PATH   certificates, chains, lists: a file or a directory
  --offline           never ask the vendor's service
  --at TIME           judge as of this time, such as 2026-11-25T12:00:00Z
  --kind K            what kind of evidence the file holds
  --cache DIR         where collateral is kept
  --service NAME=URL  ask this mirror, such as amd-kds=https://kds.example

Exit code, of the worst verdict: 0 accepted · 1 rejected · 3 undecided

Examples:
  tresor verify evidence.cmw --policy shop.json --nonce $NONCE
  tresor verify r.bin --policy p.json --report-data $HEX --collateral certs/
`

export const verifyCommand: Command = {
  name: 'verify',
  summary: 'whether evidence is genuine, fresh, and what a policy wants',
  help,
  run: async (args, io) => {
    const parsed = parseArguments(args, 'verify', options, { min: 1, max: 64, name: 'at least one FILE' })
    return report(await judgeAll(parsed.operands, await readQuestion(parsed, io), io))
  }
}

const options = {
  policy: 'value',
  nonce: 'value',
  'report-data': 'value',
  at: 'value',
  kind: 'value',
  ...collateralOptions
} as const

/** What all files are held against. */
interface Question {
  readonly policy: Policy
  readonly policyPath: string
  readonly freshness: { readonly nonce: Uint8Array } | { readonly reportData: Uint8Array }
  readonly now: Date
  readonly kind: EvidenceKind | undefined
  readonly collateral: Collateral
}

async function readQuestion(args: Arguments, io: Io): Promise<Question> {
  const policyPath = args.required('policy', 'verify')
  const freshness = readFreshness(args)
  const at = args.value('at')
  const now = at === undefined ? io.clock() : expectTime(at, '--at')
  const kind = expectKind(args.value('kind'))
  const { policy } = await readPolicy(policyPath, io)
  return { policy, policyPath, freshness, now, kind, collateral: await openCollateral(args, 'verify', io) }
}

/** There is no default: evidence that may be of last year is no answer. */
function readFreshness(args: Arguments): Question['freshness'] {
  const [nonce, reportData] = [args.value('nonce'), args.value('report-data')]
  if (nonce !== undefined && reportData === undefined) return { nonce: expectHex(nonce, [16, 1024], '--nonce') }
  if (reportData !== undefined && nonce === undefined) {
    return { reportData: expectHex(reportData, [64, 64], '--report-data') }
  }
  throw wrongCommand(
    'verify',
    'expected exactly one of --nonce and --report-data: without it, evidence may be a replay; ' +
      '`tresor inspect FILE` shows the report data that a file holds'
  )
}

type Verdict = 'accepted' | 'rejected' | 'undecided' | 'unreadable'

interface Result {
  readonly file: string
  readonly verdict: Verdict
  readonly exitCode: ExitCode
  readonly appraisal?: Appraisal
  readonly error?: unknown
  readonly next?: string
}

const verdicts: Readonly<Record<ExitCode, Verdict>> = { 0: 'accepted', 1: 'rejected', 2: 'unreadable', 3: 'undecided' }

async function judgeAll(files: readonly string[], question: Question, io: Io): Promise<readonly Result[]> {
  const results: Result[] = []
  for (const file of files) results.push(await judge(file, question, io))
  return results
}

async function judge(file: string, question: Question, io: Io): Promise<Result> {
  const { policy, freshness, now, kind, collateral } = question
  try {
    const evidence = await readEvidence(file, kind, io)
    const appraisal = await verify(evidence, { policy, ...freshness, now, collateral })
    return { file, verdict: 'accepted', exitCode: exitCode.fine, appraisal }
  } catch (error) {
    const code = exitCodeOf(error)
    const appraisal = appraisalOf(error)
    const next = nextStepOf(error, { file, policyPath: question.policyPath })
    const failure = { file, verdict: verdicts[code], exitCode: code, error, ...(next === undefined ? {} : { next }) }
    return appraisal === undefined ? failure : { ...failure, appraisal }
  }
}

function report(results: readonly Result[]): Outcome {
  const worst = worstOf(results.map((result) => result.exitCode))
  return {
    exitCode: worst,
    json: { exitCode: worst, results: results.map(describe) },
    render: (style) =>
      results.flatMap(({ file, appraisal, error, next }) =>
        error === undefined && appraisal !== undefined
          ? renderAccepted(file, appraisal, style)
          : renderFailure(error, style, next === undefined ? { subject: file } : { subject: file, next })
      )
  }
}

function describe({ error, next, ...result }: Result): unknown {
  if (error === undefined) return result
  return { ...result, error: { ...describeFailure(error), ...(next === undefined ? {} : { next }) } }
}
