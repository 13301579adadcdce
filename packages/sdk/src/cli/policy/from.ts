// tresor policy from: a first policy, from evidence that somebody looked at.
import { policyFrom } from '../../verify/index.js'
import { parseArguments } from '../arguments.js'
import type { Outcome } from '../command.js'
import { exitCode } from '../exit-code.js'
import type { Io } from '../io.js'
import { toJson } from '../json.js'
import { markOf, paragraph } from '../style.js'
import { authenticateFile, evidenceOptions } from './authenticated.js'

export async function writePolicyFrom(args: readonly string[], io: Io): Promise<Outcome> {
  const parsed = parseArguments(args, 'policy', evidenceOptions, { min: 1, max: 1, name: 'one EVIDENCE' })
  const [path = '-'] = parsed.operands
  const { appraisal } = await authenticateFile(path, 'policy', parsed, io)
  const policy = policyFrom(appraisal)
  const warning = 'the evidence is of the SIMULATOR, and the policy allows it: for tests only'
  return {
    exitCode: exitCode.fine,
    json: policy,
    data: toJson(policy),
    render: (style) => (appraisal.simulated ? paragraph(style, `${markOf(style, 'warn')} `, warning) : [])
  }
}
