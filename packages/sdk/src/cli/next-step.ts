// The next step after a refusal, as a command where there is one. Everything else: the remedy of the error.
import { TresorError } from '../core/index.js'

export interface StepContext {
  readonly file: string
  readonly policyPath: string
}

/** Undefined where the remedy of the error says it as well as can be. */
export function nextStepOf(error: unknown, { file, policyPath }: StepContext): string | undefined {
  if (!TresorError.is(error)) return undefined
  switch (error.code) {
    case 'ERR_POLICY_MEASUREMENT':
      return `if this image is yours, \`tresor policy add ${quote(policyPath)} ${quote(file)}\``
    case 'ERR_COLLATERAL_OFFLINE':
      return 'allow the network (without --offline), or name the certificates with --collateral'
    case 'ERR_COLLATERAL_MISSING':
      return 'name the certificates with --collateral, or ask for evidence with its endorsements (`tresor attest --endorse`)'
    default:
      return undefined
  }
}

/** A word of a shell. */
function quote(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}
