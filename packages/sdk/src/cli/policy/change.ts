// A policy document that accepts one more image. The rest of the document stays as it was written.
import { isPlainObject, UsageError } from '../../core/index.js'
import type { Policy } from '../../verify/index.js'

export interface ChangeOptions {
  /** What the image is, for people. */
  readonly name: string | undefined
  /** Counted from 1. */
  readonly ruleNumber: number | undefined
}

export interface Change {
  /** What happened: nothing, an image more in a rule, or a rule more. */
  readonly kind: 'none' | 'image' | 'rule'
  readonly document: unknown
}

type Rule = Readonly<Record<string, unknown>>

/** The field that names one image. Where several registers do it together, as in TDX, an image needs a rule of its own. */
const imageFields: Readonly<Record<string, string>> = { snp: 'measurement', sgx: 'mrEnclave' }

/**
 * @param document JSON of a policy that was checked
 * @param fresh a policy from the evidence: its rule says what the image is
 * @throws UsageError ERR_USAGE_OPTION where it is not clear which rule to extend
 */
export function withImage(document: unknown, fresh: Policy, options: ChangeOptions): Change {
  const rules = rulesOf(document)
  const [rule] = fresh.anyOf
  const field = imageFields[rule.kind]
  const candidates = rules.flatMap(({ kind }, i) => (kind === rule.kind ? [i] : []))
  if (field === undefined || (candidates.length === 0 && options.ruleNumber === undefined)) {
    return withRule(document, rules, rule)
  }
  const digest = digestOf(firstOf(Object.entries(rule).find(([name]) => name === field)?.[1]))
  if (options.ruleNumber === undefined && candidates.some((i) => accepts(rules[i], field, digest))) {
    return { kind: 'none', document }
  }
  const at = chooseRule(candidates, options.ruleNumber, rule.kind)
  if (accepts(rules[at], field, digest)) return { kind: 'none', document }
  const entry = options.name === undefined ? digest : { digest, name: options.name }
  return {
    kind: 'image',
    document: withRules(
      document,
      rules.map((other, i) => (i === at ? extend(other, field, entry) : other))
    )
  }
}

/** A rule that is there already is not written twice. */
function withRule(document: unknown, rules: readonly Rule[], rule: Policy['anyOf'][0]): Change {
  const isThere = rules.some((other) => JSON.stringify(other) === JSON.stringify(rule))
  return isThere ? { kind: 'none', document } : { kind: 'rule', document: withRules(document, [...rules, rule]) }
}

function chooseRule(candidates: readonly number[], ruleNumber: number | undefined, kind: string): number {
  const wanted = ruleNumber === undefined ? candidates : candidates.filter((i) => i === ruleNumber - 1)
  const [only, second] = wanted
  if (only !== undefined && second === undefined) return only
  const numbers = candidates.map((i) => i + 1).join(', ')
  throw new UsageError('ERR_USAGE_OPTION', `--rule: expected the number of a rule for ${kind}: ${numbers || 'none'}`, {
    details: { field: '--rule' }
  })
}

function accepts(rule: Rule | undefined, field: string, digest: string): boolean {
  const accepted = rule?.[field]
  if (accepted === 'any') return true
  return Array.isArray(accepted) && accepted.some((value) => digestOf(value) === digest)
}

function digestOf(value: unknown): string {
  return String(isPlainObject(value) ? value.digest : value).toLowerCase()
}

function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : value
}

function extend(rule: Rule, field: string, entry: unknown): Rule {
  const earlier: unknown = rule[field]
  return { ...rule, [field]: [...(Array.isArray(earlier) ? earlier : []), entry] }
}

function rulesOf(document: unknown): readonly Rule[] {
  const anyOf = isPlainObject(document) ? document.anyOf : undefined
  return Array.isArray(anyOf) ? anyOf.filter(isPlainObject) : []
}

function withRules(document: unknown, anyOf: readonly unknown[]): unknown {
  return { ...(isPlainObject(document) ? document : {}), anyOf }
}
