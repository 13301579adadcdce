// A policy for SNP evidence as JSON, with every field of identity, to be changed by tests.

export type RuleJson = Readonly<Record<string, unknown>>

export const measurement: string = 'ab'.repeat(48)

function ruleJson(changes: RuleJson = {}): RuleJson {
  return {
    kind: 'snp',
    measurement: [measurement],
    minTcb: 'any',
    product: 'any',
    vmpl: 0,
    guestPolicy: { debug: false },
    chipId: 'any',
    ...changes
  }
}

export function policyJson(rule: RuleJson = {}, changes: RuleJson = {}): RuleJson {
  return { anyOf: [ruleJson(rule)], ...changes }
}
