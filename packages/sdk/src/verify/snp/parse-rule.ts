// Reads the SNP rule of a policy.
import {
  guestPolicyBits,
  platformInfoBits,
  type SnpGuestPolicyFlag,
  type SnpProduct,
  type SnpTcb,
  snpProducts,
  tcbComponents,
  tcbLayoutOf
} from '../../evidence/index.js'
import { readDigests } from '../named-digest.js'
import type { PolicyReader } from '../policy/policy-reader.js'
import { type FlagRule, type GuestPolicyRule, keysOf, type SnpRule, type TcbFloors } from './rule.js'

/** @throws UsageError ERR_USAGE_POLICY naming the path */
export function parseSnpRule(reader: PolicyReader): SnpRule {
  const product = reader.required('product').anyOr((element) => element.oneOf(snpProducts))
  const unsafeAcceptDebug = reader.optional('unsafeAcceptDebug')?.boolean() ?? false
  return {
    kind: 'snp',
    measurement: readDigests(reader.required('measurement'), 48),
    minTcb: readFloors(reader.required('minTcb'), product),
    product,
    vmpl: reader.required('vmpl').integer(0, 3),
    guestPolicy: readGuestPolicy(reader.required('guestPolicy'), unsafeAcceptDebug),
    chipId: reader.required('chipId').anyOr(readChipId),
    ...(unsafeAcceptDebug ? { unsafeAcceptDebug } : {}),
    ...reader.members({
      hostData: hexList(32),
      idKeyDigest: hexList(48),
      authorKeyDigest: hexList(48),
      familyId: hexList(16),
      imageId: hexList(16),
      minGuestSvn: (member) => member.integer(0, 0xffffffff),
      signingKey: (member) => member.list((key) => key.oneOf(['VCEK', 'VLEK'] as const)),
      cspId: (member) => member.list((id) => id.string()),
      platformInfo: readPlatformInfo,
      minLaunchTcb: (member) => readProductFloors(member, product),
      launchMitVector: readVector,
      currentMitVector: readVector
    })
  }
}

/** Of 64 bytes; of 8 on Turin, where the rest of the field is zero. */
function readChipId(reader: PolicyReader): string {
  return reader.hex(8, 64).padEnd(128, '0')
}

type Products = SnpRule['product']

/** Either components, where the rule is for one product, or components by product. */
function readFloors(reader: PolicyReader, products: Products): SnpRule['minTcb'] {
  return reader.is('any') ? 'any' : readProductFloors(reader, products)
}

function readProductFloors(reader: PolicyReader, products: Products): TcbFloors {
  const names: readonly string[] = snpProducts
  if (!reader.keys().some((key) => names.includes(key))) return readSingleFloor(reader, products)
  const floors: { [product in SnpProduct]?: SnpTcb } = {}
  for (const product of snpProducts) {
    const floor = reader.optional(product)
    if (floor !== undefined) floors[product] = readTcb(floor, product)
  }
  reader.end()
  return floors
}

function readSingleFloor(reader: PolicyReader, products: Products): TcbFloors {
  const [product, ...others] = products === 'any' ? [] : products
  if (product === undefined || others.length > 0)
    throw reader.fail(`'any', or components by product (Milan, Genoa, Turin)`)
  return { [product]: readTcb(reader, product) }
}

/** Every component is named: one that is left out would be one that nobody thought of. */
function readTcb(reader: PolicyReader, product: SnpProduct): SnpTcb {
  const components = tcbComponents(tcbLayoutOf(product))
  const tcb = Object.fromEntries(components.map((name) => [name, reader.required(name).integer(0, 255)]))
  reader.end()
  return tcb as unknown as SnpTcb // these are the components that a TCB of the product has
}

/** Flags that are left out do not matter, but for the agent that could export the guest. */
function readGuestPolicy(reader: PolicyReader, acceptDebug: boolean): GuestPolicyRule {
  const flags = keysOf(guestPolicyBits).map((flag) => [flag, readGuestFlag(reader, flag, acceptDebug)])
  const minAbi = reader.members({ minAbi: readAbi })
  reader.end()
  return { ...(Object.fromEntries(flags) as Record<SnpGuestPolicyFlag, FlagRule>), ...minAbi } // an entry for each key
}

function readGuestFlag(reader: PolicyReader, flag: SnpGuestPolicyFlag, acceptDebug: boolean): FlagRule {
  if (flag === 'debug') return readDebug(reader.required(flag), acceptDebug)
  const member = reader.optional(flag)
  if (member !== undefined) return readFlag(member)
  return flag === 'migrationAgent' ? false : 'any'
}

function readDebug(reader: PolicyReader, acceptDebug: boolean): FlagRule {
  if (reader.is(false) || acceptDebug) return readFlag(reader)
  throw reader.fail('false (a guest that can be debugged has no secrets; unsafeAcceptDebug admits it)')
}

function readFlag(reader: PolicyReader): FlagRule {
  return reader.is('any') ? 'any' : reader.boolean()
}

function readAbi(reader: PolicyReader): string {
  const text = reader.string()
  const numbers = /^(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number) ?? []
  if (numbers.length !== 2 || numbers.some((number) => number > 255)) throw reader.fail('a version such as 1.51')
  return text
}

function hexList(bytes: number): (reader: PolicyReader) => readonly string[] {
  return (reader) => reader.list((element) => element.hex(bytes))
}

function readPlatformInfo(reader: PolicyReader): NonNullable<SnpRule['platformInfo']> {
  const readers = Object.fromEntries(keysOf(platformInfoBits).map((flag) => [flag, readFlag]))
  const rules = reader.members(readers)
  reader.end()
  return rules
}

function readVector(reader: PolicyReader): string {
  const text = reader.string().toLowerCase()
  if (!/^0x[0-9a-f]{1,16}$/.test(text)) throw reader.fail('a hex number such as 0x0b')
  return text
}
