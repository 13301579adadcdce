// Derived keys of the simulated firmware: they depend on what the real ones depend on, and are refused where those are
// (AMD 56860 rev 1.58, §7.2).
import { createHmac } from 'node:crypto'
import { concatBytes, lengthPrefixed, utf8 } from '../../core/index.js'
import { type Chip, derivedKeyRootOf } from './chip.js'
import type { SimulatedGuest } from './guest.js'

/** Status in the answer of the firmware. */
export const firmwareStatus = { success: 0, invalidParameters: 0x16, invalidKeySelection: 0x27 } as const

interface KeyRequest {
  readonly rootKeySelect: number
  readonly guestFieldSelect: bigint
  readonly vmpl: number
  readonly guestSvn: number
  readonly tcbVersion: Uint8Array
  readonly launchMitVector: bigint
}

const selected = { policy: 0, imageId: 1, familyId: 2, measurement: 3, guestSvn: 4, tcbVersion: 5, launchMitVector: 6 }
const knownFields = 0x7fn

/** Answers MSG_KEY_REQ: 64 bytes of status and key. `request` has 32 bytes, or 40 with the mitigation vector. */
export function answerKeyRequest(chip: Chip, guest: SimulatedGuest, request: Uint8Array): Uint8Array {
  const key = readRequest(request)
  const status = key === undefined ? firmwareStatus.invalidParameters : judge(key, guest)
  const response = new Uint8Array(64)
  new DataView(response.buffer).setUint32(0, status, true)
  if (key !== undefined && status === firmwareStatus.success) response.set(derive(chip, guest, key), 32)
  return response
}

function readRequest(bytes: Uint8Array): KeyRequest | undefined {
  if (bytes.length !== 32 && bytes.length !== 40) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return {
    rootKeySelect: view.getUint32(0, true),
    guestFieldSelect: view.getBigUint64(8, true),
    vmpl: view.getUint32(16, true),
    guestSvn: view.getUint32(20, true),
    tcbVersion: bytes.slice(24, 32),
    launchMitVector: bytes.length === 40 ? view.getBigUint64(32, true) : 0n
  }
}

/** A VMRK needs a migration agent, and the simulated guest has none. A VLEK is no root: the firmware does not own it. */
function judge(request: KeyRequest, guest: SimulatedGuest): number {
  if (request.rootKeySelect > 1 || (request.guestFieldSelect & ~knownFields) !== 0n)
    return firmwareStatus.invalidParameters
  if (request.vmpl < guest.vmpl || request.vmpl > 3) return firmwareStatus.invalidParameters
  if (request.guestSvn > guest.guestSvn) return firmwareStatus.invalidParameters
  if (!isTcbWithin(request.tcbVersion, guest.tcb)) return firmwareStatus.invalidParameters
  if (request.launchMitVector !== 0n) return firmwareStatus.invalidParameters
  if (request.rootKeySelect === 1) return firmwareStatus.invalidKeySelection
  return firmwareStatus.success
}

/** True when no component is above its counterpart; bytes that are no component are zero in both. */
function isTcbWithin(tcb: Uint8Array, limit: Uint8Array): boolean {
  return tcb.every((version, i) => version <= (limit[i] ?? 0))
}

function derive(chip: Chip, guest: SimulatedGuest, request: KeyRequest): Uint8Array {
  const pick = (bit: number, value: Uint8Array): Uint8Array =>
    ((request.guestFieldSelect >> BigInt(bit)) & 1n) === 1n ? value : new Uint8Array(0)
  const mixed = [
    utf8('tresor simulator derived key'),
    u64(request.guestFieldSelect),
    u64(BigInt(request.vmpl)),
    pick(selected.policy, u64(guest.guestPolicy)),
    pick(selected.imageId, guest.imageId),
    pick(selected.familyId, guest.familyId),
    pick(selected.measurement, guest.measurement),
    pick(selected.guestSvn, u64(BigInt(request.guestSvn))),
    pick(selected.tcbVersion, request.tcbVersion),
    pick(selected.launchMitVector, u64(request.launchMitVector))
  ]
  const input = concatBytes(...mixed.map(lengthPrefixed))
  return new Uint8Array(createHmac('sha256', derivedKeyRootOf(chip)).update(input).digest())
}

function u64(value: bigint): Uint8Array {
  const out = new Uint8Array(8)
  new DataView(out.buffer).setBigUint64(0, value, true)
  return out
}
