// An SNP rule in words, one clause for each demand. What does not matter is said too, where it is part of an identity.
import type { SnpRule } from '../../verify/index.js'

export interface Clause {
  readonly tone: 'plain' | 'warn'
  readonly text: string
}

export function snpClauses(rule: SnpRule): readonly Clause[] {
  return [
    measurementClause(rule.measurement),
    rule.product === 'any' ? warn('of any product') : plain(`of product ${rule.product.join(' or ')}`),
    ...tcbClauses('reported firmware at least', rule.minTcb),
    plain(rule.vmpl === 0 ? 'asked for at VMPL 0' : `asked for at VMPL ${rule.vmpl} or a more privileged one`),
    ...debugClause(rule),
    ...guestPolicyClauses(rule),
    plain(rule.chipId === 'any' ? 'on any chip' : `on chip ${rule.chipId.join(' or ')}`),
    ...identityClauses(rule),
    ...platformClauses(rule)
  ]
}

function measurementClause(measurement: SnpRule['measurement']): Clause {
  if (measurement === 'any') return warn('with ANY measurement: any guest at all, also one that somebody else wrote')
  const names = measurement.map(({ digest, name }) => (name === undefined ? digest : `${digest} (${name})`))
  return plain(`with measurement ${names.join(' or ')}`)
}

function tcbClauses(before: string, floors: SnpRule['minTcb'] | undefined): readonly Clause[] {
  if (floors === undefined) return []
  if (floors === 'any') return [warn('with firmware of any age')]
  return Object.entries(floors).map(([product, tcb]) => {
    const components = Object.entries(tcb).map(([name, value]) => `${name} ${value}`)
    return plain(`${before} ${components.join(', ')} on ${product}`)
  })
}

function debugClause({ guestPolicy }: SnpRule): readonly Clause[] {
  if (guestPolicy.debug === false) return [plain('without debugging')]
  return [warn('DEBUGGING is accepted: the host may read and write the memory of such a guest')]
}

function guestPolicyClauses({ guestPolicy }: SnpRule): readonly Clause[] {
  const { debug: _, minAbi, ...flags } = guestPolicy
  const clauses = Object.entries(flags).flatMap(([name, wanted]) => {
    if (wanted === 'any') return name === 'migrationAgent' ? [warn('a migration agent may move the guest away')] : []
    return [plain(`guest policy: ${name} ${wanted ? 'set' : 'not set'}`)]
  })
  return minAbi === undefined ? clauses : [...clauses, plain(`guest policy: firmware interface at least ${minAbi}`)]
}

function identityClauses(rule: SnpRule): readonly Clause[] {
  const clauses: Clause[] = []
  for (const name of [
    'hostData',
    'idKeyDigest',
    'authorKeyDigest',
    'familyId',
    'imageId',
    'signingKey',
    'cspId'
  ] as const) {
    const wanted = rule[name]
    if (wanted !== undefined) clauses.push(plain(`${name} ${wanted.join(' or ')}`))
  }
  if (rule.minGuestSvn !== undefined) clauses.push(plain(`guest SVN at least ${rule.minGuestSvn}`))
  return clauses
}

function platformClauses(rule: SnpRule): readonly Clause[] {
  const flags = Object.entries(rule.platformInfo ?? {}).flatMap(([name, wanted]) =>
    wanted === 'any' ? [] : [plain(`platform: ${name} ${wanted ? 'on' : 'off'}`)]
  )
  const vectors = (['launchMitVector', 'currentMitVector'] as const).flatMap((name) =>
    rule[name] === undefined ? [] : [plain(`${name} with the bits ${rule[name]}`)]
  )
  return [...flags, ...tcbClauses('firmware at launch at least', rule.minLaunchTcb), ...vectors]
}

function plain(text: string): Clause {
  return { tone: 'plain', text }
}

function warn(text: string): Clause {
  return { tone: 'warn', text }
}
