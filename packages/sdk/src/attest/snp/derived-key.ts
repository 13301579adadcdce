// Keys that the firmware derives for one guest: MSG_KEY_REQ and MSG_KEY_RSP (AMD 56860 rev 1.58, §7.2), as /dev/sev-guest
// passes them.
import {
  expectBytes,
  expectInteger,
  expectOneOf,
  expectOptions,
  UnavailableError,
  UsageError
} from '../../core/index.js'
import { expectFirmwareSuccess } from './status.js'

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

const requestBytes = 32
const requestBytesWithVector = 40
const responseBytes = 64
const keyOffset = 32

const keys = ['rootKey', 'fields', 'vmpl', 'guestSvn', 'tcbVersion', 'launchMitVector'] as const

/** @throws UsageError ERR_USAGE_OPTION */
export function encodeSnpKeyRequest(request: SnpKeyRequest): Uint8Array {
  expectOptions(request, keys, 'key request')
  const fields = expectFields(request)
  const out = new Uint8Array(fields.has('launchMitVector') ? requestBytesWithVector : requestBytes)
  const view = new DataView(out.buffer)
  view.setUint32(0, expectOneOf(request.rootKey, ['vcek', 'vmrk'], 'rootKey') === 'vcek' ? 0 : 1, true)
  view.setBigUint64(8, selectFields(fields), true)
  view.setUint32(16, expectInteger(request.vmpl, [0, 3], 'vmpl'), true)
  if (fields.has('guestSvn')) view.setUint32(20, expectInteger(request.guestSvn, [0, 0xffff_ffff], 'guestSvn'), true)
  if (fields.has('tcbVersion')) out.set(expectBytes(request.tcbVersion, 8, 'tcbVersion'), 24)
  if (fields.has('launchMitVector')) view.setBigUint64(32, expectVector(request.launchMitVector), true)
  return out
}

/**
 * The key out of the answer of the firmware.
 * @throws UnavailableError ERR_DEVICE_REFUSED, ERR_DEVICE_RESPONSE
 */
export function parseSnpKeyResponse(response: Uint8Array): Uint8Array {
  if (response.length !== responseBytes) {
    throw new UnavailableError(
      'ERR_DEVICE_RESPONSE',
      `derived key: expected ${responseBytes} bytes, found ${response.length}`
    )
  }
  const status = new DataView(response.buffer, response.byteOffset, responseBytes).getUint32(0, true)
  expectFirmwareSuccess(status, 'derived key')
  return response.slice(keyOffset)
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

function expectVector(value: unknown): bigint {
  if (typeof value === 'bigint' && BigInt.asUintN(64, value) === value) return value
  throw new UsageError('ERR_USAGE_OPTION', 'launchMitVector: expected a bigint of 64 bits, unsigned')
}
