// What a policy can demand of a TD and its platform. JSON values; bytes as hex in lower case.
import type { TdAttributes } from '../../evidence/quote/index.js'
import { type PlatformRule, parsePlatformRule } from '../intel/platform-rule.js'
import { type AcceptedDigests, type NamedDigest, readDigests, readNamedDigest } from '../named-digest.js'
import type { PolicyReader } from '../policy/policy-reader.js'
import type { RtmrIndex } from './rtmr.js'

/** An accepted value of a runtime register; with `events` a mismatch names the first event that differs. */
export interface RtmrValue extends NamedDigest {
  /** SHA-384 digests, in the order in which they are extended. */
  readonly events?: readonly string[]
}

export type AttributeFlag = Exclude<keyof TdAttributes, 'debug'>

/** Fields of identity are always there; the rest, where absent, is not restricted. Debug is refused unless `unsafeAcceptDebug`. */
export interface TdxRule extends PlatformRule {
  readonly kind: 'tdx'
  readonly mrTd: AcceptedDigests
  readonly rtmr: { readonly [index in RtmrIndex]: 'any' | readonly RtmrValue[] }
  readonly unsafeAcceptDebug?: true
  readonly mrSeam?: AcceptedDigests
  readonly mrConfigId?: AcceptedDigests
  readonly mrOwner?: AcceptedDigests
  readonly mrOwnerConfig?: AcceptedDigests
  readonly mrServiceTd?: AcceptedDigests
  readonly attributes?: { readonly [flag in AttributeFlag]?: boolean }
  /** Exact values of XFAM, hex of 8 bytes as in the report. */
  readonly xfam?: readonly string[]
  /** The virtual machine inside of a partitioned TD that must have asked for the quote, 1 to 3. Absent: the TD itself, 0. */
  readonly vmid?: number
}

export type RegisterName = 'mrSeam' | 'mrConfigId' | 'mrOwner' | 'mrOwnerConfig' | 'mrServiceTd'

/** @throws UsageError ERR_USAGE_POLICY naming the path */
export function parseTdxRule(reader: PolicyReader): TdxRule {
  const debug = reader.optional('unsafeAcceptDebug')?.boolean() ?? false
  return {
    kind: 'tdx',
    mrTd: readRegister(reader.required('mrTd')),
    rtmr: readRtmrs(reader.required('rtmr')),
    ...(debug ? { unsafeAcceptDebug: true } : {}),
    ...reader.members({
      mrSeam: readRegister,
      mrConfigId: readRegister,
      mrOwner: readRegister,
      mrOwnerConfig: readRegister,
      mrServiceTd: readRegister,
      attributes: readAttributes,
      xfam: (member) => member.list((element) => element.hex(8)),
      vmid: (member) => member.integer(0, 3)
    }),
    ...parsePlatformRule(reader)
  }
}

/** `any` for all, or each of the four by its number. */
function readRtmrs(reader: PolicyReader): TdxRule['rtmr'] {
  if (reader.is('any')) return { 0: 'any', 1: 'any', 2: 'any', 3: 'any' }
  const read = (index: RtmrIndex) => reader.required(String(index)).anyOr(readRtmrValue)
  const rtmr = { 0: read(0), 1: read(1), 2: read(2), 3: read(3) }
  reader.end()
  return rtmr
}

function readRtmrValue(reader: PolicyReader): RtmrValue {
  if (!reader.isObject) return { digest: reader.hex(48) }
  const events = reader.optional('events')?.list((event) => event.hex(48))
  return { ...readNamedDigest(reader, 48), ...(events === undefined ? {} : { events }) }
}

function readRegister(reader: PolicyReader): AcceptedDigests {
  return readDigests(reader, 48)
}

const readFlag = (reader: PolicyReader): boolean => reader.boolean()

function readAttributes(reader: PolicyReader): NonNullable<TdxRule['attributes']> {
  const attributes = reader.members({
    septVeDisable: readFlag,
    migratable: readFlag,
    protectionKeys: readFlag,
    keyLocker: readFlag,
    performanceMonitoring: readFlag
  } satisfies Record<AttributeFlag, typeof readFlag>)
  reader.end()
  return attributes
}
