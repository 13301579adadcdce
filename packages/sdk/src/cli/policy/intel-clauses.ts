// A rule for TDX or SGX in words: each demand by its name in the policy, which is that of Intel's documents.
import { isPlainObject } from '../../core/index.js'
import type { PolicyRule } from '../../verify/index.js'
import type { Clause } from './snp-clauses.js'

export function intelClauses(rule: Exclude<PolicyRule, { kind: 'snp' }>): readonly Clause[] {
  return Object.entries(rule).flatMap(([name, wanted]) => (name === 'kind' ? [] : clausesFor(name, wanted)))
}

function clausesFor(name: string, wanted: unknown): readonly Clause[] {
  if (name === 'unsafeAcceptDebug') return [warn('DEBUGGING is accepted: the host may read and write its memory')]
  if (wanted === 'any') return [warn(`${name} may be anything`)]
  if (isPlainObject(wanted))
    return Object.entries(wanted).flatMap(([part, value]) => clausesFor(`${name} ${part}`, value))
  return [{ tone: 'plain', text: `${name} ${formatWanted(wanted)}` }]
}

function formatWanted(wanted: unknown): string {
  if (!Array.isArray(wanted)) return String(wanted)
  return wanted.length === 0 ? 'none' : wanted.map(formatChoice).join(' or ')
}

function formatChoice(choice: unknown): string {
  if (!isPlainObject(choice)) return String(choice)
  return choice.name === undefined ? String(choice.digest) : `${String(choice.digest)} (${String(choice.name)})`
}

function warn(text: string): Clause {
  return { tone: 'warn', text }
}
