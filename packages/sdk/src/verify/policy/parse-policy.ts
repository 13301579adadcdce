// Reads a policy document. Strict: what is not understood, or left open, is an error when it is loaded and not when it matters.
import { TresorError, UsageError, utf8 } from '../../core/index.js'
import { parseJson } from '../../encoding/index.js'
import { familyOf } from '../registry.js'
import { parseDurationMs } from './duration.js'
import { isSealedPolicy, type Policy, type PolicyRule, sealPolicy } from './policy.js'
import { PolicyReader } from './policy-reader.js'

/**
 * A policy from JSON text, or from the value that JSON text stands for. Returns a new value, frozen.
 * @throws UsageError ERR_USAGE_POLICY naming the path of what is wrong, ERR_USAGE_POLICY_EMPTY when it names nothing to accept
 * @example
 * const policy = parsePolicy(await (await fetch('/policy.json')).json())
 */
export function parsePolicy(json: unknown): Policy {
  if (isSealedPolicy(json)) return json
  const reader = new PolicyReader(typeof json === 'string' ? parseText(json) : json, '')
  const policy = readPolicy(reader)
  reader.end()
  return sealPolicy(policy)
}

function parseText(text: string): unknown {
  try {
    return parseJson(utf8(text), 'policy')
  } catch (cause) {
    const message = TresorError.is(cause) ? cause.message : 'policy: not JSON'
    throw new UsageError('ERR_USAGE_POLICY', message, { cause })
  }
}

function readPolicy(reader: PolicyReader): Policy {
  return {
    anyOf: readRules(reader),
    ...reader.members({
      maxCollateralAge: readDuration,
      maxStale: readDuration,
      allowSimulator: (member) => member.boolean(),
      graceDays: (member) => member.integer(0, 365),
      requireCrl: (member) => member.boolean()
    })
  }
}

function readRules(reader: PolicyReader): readonly [PolicyRule, ...PolicyRule[]] {
  const anyOf = reader.optional('anyOf')
  const [first, ...rest] = anyOf === undefined || anyOf.isEmptyList ? [] : anyOf.list(readRule)
  if (first === undefined) throw new UsageError('ERR_USAGE_POLICY_EMPTY', 'policy: anyOf names nothing to accept')
  return [first, ...rest]
}

function readRule(reader: PolicyReader): PolicyRule {
  const kind = reader.required('kind')
  const family = familyOf(kind.string())
  if (family === undefined) throw kind.fail('a kind of evidence that is supported')
  const rule = family.parseRule(reader)
  reader.end()
  return rule as PolicyRule // a family of the registry reads its own member of the union
}

function readDuration(reader: PolicyReader): string {
  const text = reader.string()
  if (parseDurationMs(text) === undefined) throw reader.fail('an ISO 8601 duration such as P7D')
  return text
}
