// tresor policy add: accepts the image of this evidence too.
import { fromHex, PolicyError, type TresorError, UsageError } from '../../core/index.js'
import { type Policy, parsePolicy, policyFrom, verify } from '../../verify/index.js'
import { parseArguments } from '../arguments.js'
import type { Outcome } from '../command.js'
import { exitCode } from '../exit-code.js'
import { writeWhole } from '../files.js'
import type { Io } from '../io.js'
import { toJson } from '../json.js'
import { readPolicy } from '../policy-file.js'
import { markOf, paragraph, type Style } from '../style.js'
import { type Authenticated, authenticateFile, evidenceOptions } from './authenticated.js'
import { type Change, withImage } from './change.js'

const options = { ...evidenceOptions, name: 'value', rule: 'value' } as const

export async function addToPolicy(args: readonly string[], io: Io): Promise<Outcome> {
  const parsed = parseArguments(args, 'policy', options, { min: 2, max: 2, name: 'a policy P and EVIDENCE' })
  const [policyPath = '', path = ''] = parsed.operands
  if (policyPath === '-') throw new UsageError('ERR_USAGE_FILE', 'policy add: expected a policy in a file')
  const { policy, text } = await readPolicy(policyPath, io)
  const found = await authenticateFile(path, 'policy', parsed, io)
  requireSimulatorAllowed(policy, found)
  const choice = { name: parsed.value('name'), ruleNumber: expectRule(parsed.value('rule')) }
  const change = withImage(JSON.parse(text), policyFrom(found.appraisal), choice)
  const extended = parsePolicy(change.document)
  if (change.kind !== 'none') await writeWhole(policyPath, toJson(change.document))
  return report(change, policyPath, await whatIsLeft(extended, found))
}

function requireSimulatorAllowed(policy: Policy, { appraisal }: Authenticated): void {
  if (!appraisal.simulated || policy.allowSimulator === true) return
  throw new PolicyError('ERR_POLICY_SIMULATOR', 'the evidence is of the simulator, and the policy does not allow it')
}

function expectRule(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
  throw new UsageError('ERR_USAGE_OPTION', '--rule: expected a number from 1', { details: { field: '--rule' } })
}

/** Why the evidence would still be refused, apart from its age: the image may not be all that differs. */
async function whatIsLeft(policy: Policy, found: Authenticated): Promise<TresorError | undefined> {
  const { evidence, appraisal, collateral, now } = found
  const reportData = fromHex(String(appraisal.claims.reportData))
  try {
    await verify(evidence, { policy, reportData, collateral, now })
    return undefined
  } catch (error) {
    if (error instanceof PolicyError) return error
    throw error
  }
}

function report(change: Change, path: string, left: TresorError | undefined): Outcome {
  return {
    exitCode: exitCode.fine,
    json: { policy: path, change: change.kind, stillRefused: left?.code ?? null },
    render: (style) => [
      ...paragraph(style, `${markOf(style, 'passed')} `, `${path}: ${sentences[change.kind]}`),
      ...renderLeft(left, style)
    ]
  }
}

const sentences: Readonly<Record<Change['kind'], string>> = {
  none: 'this image was accepted already, nothing changed',
  image: 'this image is accepted now',
  rule: 'a rule for this image was added'
}

function renderLeft(left: TresorError | undefined, style: Style): readonly string[] {
  if (left === undefined) return []
  return paragraph(
    style,
    `${markOf(style, 'warn')} `,
    `this evidence would still be refused: ${left.message} (${left.code})`
  )
}
