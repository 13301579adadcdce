// tresor policy check: is it valid, and what does it accept?
import type { Policy, PolicyRule } from '../../verify/index.js'
import { parseArguments } from '../arguments.js'
import type { Outcome } from '../command.js'
import { exitCode } from '../exit-code.js'
import type { Io } from '../io.js'
import { readPolicy } from '../policy-file.js'
import { shortHex } from '../printable.js'
import { markOf, paragraph, type Style } from '../style.js'
import { intelClauses } from './intel-clauses.js'
import { type Clause, snpClauses } from './snp-clauses.js'

export async function checkPolicyFile(args: readonly string[], io: Io): Promise<Outcome> {
  const parsed = parseArguments(args, 'policy', {}, { min: 1, max: 1, name: 'a policy P' })
  const [path = '-'] = parsed.operands
  const { policy } = await readPolicy(path, io)
  const rules = policy.anyOf.map((rule) => ({ kind: rule.kind, clauses: clausesOf(rule) }))
  const general = generalClauses(policy)
  return {
    exitCode: exitCode.fine,
    json: { valid: true, policy, rules, general },
    render: (style) => [
      `${markOf(style, 'passed')} ${path === '-' ? 'policy' : path} is valid; it accepts`,
      ...rules.flatMap(({ kind, clauses }, i) => [
        `  ${style.paint('bold', `${i === 0 ? '' : 'or '}${kind}`)}`,
        ...clauses.flatMap((clause) => renderClause(clause, style, '    '))
      ]),
      ...general.flatMap((clause) => renderClause(clause, style, '  '))
    ]
  }
}

function clausesOf(rule: PolicyRule): readonly Clause[] {
  return rule.kind === 'snp' ? snpClauses(rule) : intelClauses(rule)
}

function generalClauses(policy: Policy): readonly Clause[] {
  const { allowSimulator, maxCollateralAge, maxStale, graceDays, requireCrl } = policy
  const clauses: Clause[] = []
  if (allowSimulator === true) {
    clauses.push({ tone: 'warn', text: 'evidence of the SIMULATOR is allowed: for tests only, it proves nothing' })
  }
  if (requireCrl === true) clauses.push({ tone: 'plain', text: 'only where a revocation list is at hand' })
  if (maxCollateralAge !== undefined) {
    clauses.push({ tone: 'plain', text: `only with revocation lists issued within ${maxCollateralAge}` })
  }
  if (maxStale !== undefined) {
    clauses.push({ tone: 'warn', text: `collateral is used up to ${maxStale} past its end while its service is down` })
  }
  if (graceDays !== undefined) {
    clauses.push({ tone: 'plain', text: `platforms up to ${graceDays} days behind their vendor, where it rates them` })
  }
  return clauses
}

function renderClause({ tone, text }: Clause, style: Style, indent: string): readonly string[] {
  return paragraph(style, indent, shortHex(`${tone === 'warn' ? '! ' : ''}${text}`))
}
