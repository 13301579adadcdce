// Reads the SNP rule of a policy.
import {
  type guestPolicyBits,
  platformInfoBits,
  type SnpGuestPolicyFlag,
  type SnpPlatformFlag,
  type SnpProduct,
  type SnpTcb,
  snpProducts,
  tcbComponents,
  tcbLayoutOf
} from '../../evidence/index.js'
import { readNamedDigest } from '../named-digest.js'
import type { PolicyReader } from '../policy/policy-reader.js'
import type { FlagRule, GuestPolicyRule, SnpRule, TcbFloors } from './rule.js'

/** @throws UsageError ERR_USAGE_POLICY naming the path */
export function parseSnpRule(reader: PolicyReader): SnpRule {
  const product = reader.required('product').anyOr((element) => element.oneOf(snpProducts))
  const unsafeAcceptDebug = readUnsafeAcceptDebug(reader.optional('unsafeAcceptDebug'))
  return {
    kind: 'snp',
    measurement: reader.required('measurement').anyOr((element) => readNamedDigest(element, 48)),
    minTcb: readFloors(reader.required('minTcb'), product),
    product,
    vmpl: reader.required('vmpl').integer(0, 3),
    guestPolicy: readGuestPolicy(reader.required('guestPolicy'), unsafeAcceptDebug),
    chipId: reader.required('chipId').anyOr(readChipId),
    ...(unsafeAcceptDebug ? { unsafeAcceptDebug } : {}),
    ...readIdentities(reader),
    ...readPlatform(reader, product)
  }
}

function readUnsafeAcceptDebug(reader: PolicyReader | undefined): boolean {
  return reader?.boolean() ?? false
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
  const read = (component: keyof SnpTcb): number => reader.required(component).integer(0, 255)
  const hasFmc = tcbComponents(tcbLayoutOf(product)).includes('fmc')
  const tcb = {
    ...(hasFmc ? { fmc: read('fmc') } : {}),
    bootLoader: read('bootLoader'),
    tee: read('tee'),
    snp: read('snp'),
    microcode: read('microcode')
  }
  reader.end()
  return tcb
}

function readGuestPolicy(reader: PolicyReader, acceptDebug: boolean): GuestPolicyRule {
  const debug = readDebug(reader.required('debug'), acceptDebug)
  const minAbi = reader.optional('minAbi')
  const rule = {
    smt: readGuestFlag(reader, 'smt', 'any'),
    migrationAgent: readGuestFlag(reader, 'migrationAgent', false),
    debug,
    singleSocket: readGuestFlag(reader, 'singleSocket', 'any'),
    cxl: readGuestFlag(reader, 'cxl', 'any'),
    aes256Xts: readGuestFlag(reader, 'aes256Xts', 'any'),
    raplDisabled: readGuestFlag(reader, 'raplDisabled', 'any'),
    ciphertextHiding: readGuestFlag(reader, 'ciphertextHiding', 'any'),
    pageSwapDisabled: readGuestFlag(reader, 'pageSwapDisabled', 'any'),
    ...(minAbi === undefined ? {} : { minAbi: readAbi(minAbi) })
  } satisfies Record<keyof typeof guestPolicyBits, FlagRule> & { minAbi?: string }
  reader.end()
  return rule
}

function readDebug(reader: PolicyReader, acceptDebug: boolean): FlagRule {
  if (reader.is(false) || acceptDebug) return readFlag(reader)
  throw reader.fail('false (a guest that can be debugged has no secrets; unsafeAcceptDebug admits it)')
}

function readGuestFlag(reader: PolicyReader, flag: SnpGuestPolicyFlag, whereAbsent: FlagRule): FlagRule {
  const member = reader.optional(flag)
  return member === undefined ? whereAbsent : readFlag(member)
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

type Identities = Pick<
  SnpRule,
  'hostData' | 'idKeyDigest' | 'authorKeyDigest' | 'familyId' | 'imageId' | 'minGuestSvn' | 'signingKey' | 'cspId'
>

function readIdentities(reader: PolicyReader): Identities {
  const minGuestSvn = reader.optional('minGuestSvn')?.integer(0, 0xffffffff)
  const signingKey = reader.optional('signingKey')?.list((key) => key.oneOf(['VCEK', 'VLEK'] as const))
  const cspId = reader.optional('cspId')?.list((id) => id.string())
  return {
    ...readHexList(reader, 'hostData', 32),
    ...readHexList(reader, 'idKeyDigest', 48),
    ...readHexList(reader, 'authorKeyDigest', 48),
    ...readHexList(reader, 'familyId', 16),
    ...readHexList(reader, 'imageId', 16),
    ...(minGuestSvn === undefined ? {} : { minGuestSvn }),
    ...(signingKey === undefined ? {} : { signingKey }),
    ...(cspId === undefined ? {} : { cspId })
  }
}

function readHexList<K extends string>(
  reader: PolicyReader,
  key: K,
  bytes: number
): { readonly [k in K]?: readonly string[] } {
  const list = reader.optional(key)?.list((element) => element.hex(bytes))
  return (list === undefined ? {} : { [key]: list }) as { readonly [k in K]?: readonly string[] } // a computed key widens to string
}

type PlatformRules = Pick<SnpRule, 'platformInfo' | 'minLaunchTcb' | 'launchMitVector' | 'currentMitVector'>

function readPlatform(reader: PolicyReader, products: Products): PlatformRules {
  const info = reader.optional('platformInfo')
  const launchTcb = reader.optional('minLaunchTcb')
  const [launch, current] = [reader.optional('launchMitVector'), reader.optional('currentMitVector')]
  return {
    ...(info === undefined ? {} : { platformInfo: readPlatformInfo(info) }),
    ...(launchTcb === undefined ? {} : { minLaunchTcb: readProductFloors(launchTcb, products) }),
    ...(launch === undefined ? {} : { launchMitVector: readVector(launch) }),
    ...(current === undefined ? {} : { currentMitVector: readVector(current) })
  }
}

function readPlatformInfo(reader: PolicyReader): { readonly [flag in SnpPlatformFlag]?: FlagRule } {
  const rules: { [flag in SnpPlatformFlag]?: FlagRule } = {}
  for (const flag of Object.keys(platformInfoBits) as SnpPlatformFlag[]) {
    const member = reader.optional(flag) // the keys of the table above
    if (member !== undefined) rules[flag] = readFlag(member)
  }
  reader.end()
  return rules
}

function readVector(reader: PolicyReader): string {
  const text = reader.string().toLowerCase()
  if (!/^0x[0-9a-f]{1,16}$/.test(text)) throw reader.fail('a hex number such as 0x0b')
  return text
}
