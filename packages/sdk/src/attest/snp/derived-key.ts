// Keys that the firmware derives for one guest (AMD 56860 rev 1.58, §7.2, MSG_KEY_REQ).
import {
  expectBytes,
  expectInteger,
  expectOneOf,
  expectOptions,
  UnavailableError,
  UsageError
} from '../../core/index.js'
import type { SevGuestKeyRequest } from '../device/index.js'

/** What a derived key may depend on beside chip and VMPL; bit number in guest_field_select. */
const fieldBits = {
  guestPolicy: 0,
  imageId: 1,
  familyId: 2,
  measurement: 3,
  guestSvn: 4,
  tcbVersion: 5,
  launchMitVector: 6
} as const

export type SnpKeyField = keyof typeof fieldBits

export interface SnpKeyRequest {
  /** `vcek` is bound to the chip and its TCB; `vmrk` moves with the guest where a migration agent gave it one. */
  readonly rootKey: 'vcek' | 'vmrk'
  /** A guest in which one of these differs gets another key. No fields: every guest on this chip can have the key. */
  readonly fields: readonly SnpKeyField[]
  /** 0 to 3, not below the level that this guest runs at. */
  readonly vmpl: number
  /** At most the SVN of the launch. Exactly when `fields` has `guestSvn`. */
  readonly guestSvn?: number
  /** Eight bytes as in a report, at most the committed TCB. Exactly when `fields` has `tcbVersion`. */
  readonly tcbVersion?: Uint8Array
  /** Exactly when `fields` has `launchMitVector`, which needs firmware that knows the field. */
  readonly launchMitVector?: bigint
}

/** A provider that can also derive keys. */
export interface SnpKeyDeriver {
  /** See `deriveSnpKey`. */
  deriveKey(request: SnpKeyRequest, options?: { readonly signal?: AbortSignal }): Promise<Uint8Array>
}

const optionNames = ['rootKey', 'fields', 'vmpl', 'guestSvn', 'tcbVersion', 'launchMitVector'] as const

/**
 * The request in the numbers of the firmware. What is not selected is zero.
 * @throws UsageError ERR_USAGE_OPTION
 */
export function expectKeyRequest(request: SnpKeyRequest): SevGuestKeyRequest {
  expectOptions(request, optionNames, 'key request')
  const fields = expectFields(request)
  return {
    rootKeySelect: expectOneOf(request.rootKey, ['vcek', 'vmrk'], 'rootKey') === 'vcek' ? 0 : 1,
    guestFieldSelect: selectFields(fields),
    vmpl: expectInteger(request.vmpl, [0, 3], 'vmpl'),
    guestSvn: fields.has('guestSvn') ? expectInteger(request.guestSvn, [0, 0xffff_ffff], 'guestSvn') : 0,
    tcbVersion: fields.has('tcbVersion') ? readU64(expectBytes(request.tcbVersion, 8, 'tcbVersion')) : 0n,
    ...(fields.has('launchMitVector') ? { launchMitVector: expectVector(request.launchMitVector) } : {})
  }
}

/** Refuses what is no key. @throws UnavailableError ERR_DEVICE_RESPONSE */
export function expectKey(key: Uint8Array): Uint8Array {
  if (key.length === 32) return key
  throw new UnavailableError('ERR_DEVICE_RESPONSE', `derived key: expected 32 bytes, found ${key.length}`)
}

function expectFields(request: SnpKeyRequest): ReadonlySet<SnpKeyField> {
  if (!Array.isArray(request.fields))
    throw new UsageError('ERR_USAGE_OPTION', 'fields: expected an array of field names')
  const names = Object.keys(fieldBits) as SnpKeyField[] // keys of the literal above
  const fields = new Set(request.fields.map((field) => expectOneOf(field, names, 'fields')))
  for (const name of ['guestSvn', 'tcbVersion', 'launchMitVector'] as const) {
    if (fields.has(name) === (request[name] !== undefined)) continue
    throw new UsageError('ERR_USAGE_OPTION', `${name}: expected exactly when fields has '${name}'`, {
      details: { field: name }
    })
  }
  return fields
}

function selectFields(fields: ReadonlySet<SnpKeyField>): bigint {
  return [...fields].reduce((bits, field) => bits | (1n << BigInt(fieldBits[field])), 0n)
}

function readU64(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true)
}

function expectVector(value: unknown): bigint {
  if (typeof value === 'bigint' && BigInt.asUintN(64, value) === value) return value
  throw new UsageError('ERR_USAGE_OPTION', 'launchMitVector: expected a bigint of 64 bits, unsigned')
}
