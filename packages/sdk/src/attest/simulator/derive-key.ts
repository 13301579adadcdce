// Derived keys of the simulated firmware: they depend on what the real ones depend on, and are refused where those are
// (AMD 56860 rev 1.58, §7.2).
import { createHmac } from 'node:crypto'
import { concatBytes, lengthPrefixed, utf8 } from '../../core/index.js'
import type { SevGuestKeyRequest } from '../device/index.js'
import { type Chip, derivedKeyRootOf } from './chip.js'
import type { SimulatedGuest } from './guest.js'

/** Status in the answer of the firmware. */
export const firmwareStatus = { success: 0, invalidParameters: 0x16, invalidKeySelection: 0x27 } as const

const selected = { policy: 0, imageId: 1, familyId: 2, measurement: 3, guestSvn: 4, tcbVersion: 5, launchMitVector: 6 }
const knownFields = 0x7fn

export interface KeyAnswer {
  readonly status: number
  /** Empty unless the status is zero. */
  readonly key: Uint8Array
}

export function answerKeyRequest(chip: Chip, guest: SimulatedGuest, request: SevGuestKeyRequest): KeyAnswer {
  const status = judge(request, guest)
  return { status, key: status === firmwareStatus.success ? derive(chip, guest, request) : new Uint8Array(0) }
}

/** A VMRK needs a migration agent, and the simulated guest has none. A VLEK is no root: the firmware does not own it. */
function judge(request: SevGuestKeyRequest, guest: SimulatedGuest): number {
  if ((request.guestFieldSelect & ~knownFields) !== 0n) return firmwareStatus.invalidParameters
  if (request.vmpl < guest.vmpl || request.vmpl > 3) return firmwareStatus.invalidParameters
  if (request.guestSvn > guest.guestSvn) return firmwareStatus.invalidParameters
  if (!isTcbWithin(u64(request.tcbVersion), guest.tcb)) return firmwareStatus.invalidParameters
  if ((request.launchMitVector ?? 0n) !== 0n) return firmwareStatus.invalidParameters
  if (request.rootKeySelect === 1) return firmwareStatus.invalidKeySelection
  return firmwareStatus.success
}

/** True when no component is above its counterpart; bytes that are no component are zero in both. */
function isTcbWithin(tcb: Uint8Array, limit: Uint8Array): boolean {
  return tcb.every((version, i) => version <= (limit[i] ?? 0))
}

function derive(chip: Chip, guest: SimulatedGuest, request: SevGuestKeyRequest): Uint8Array {
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
    pick(selected.tcbVersion, u64(request.tcbVersion)),
    pick(selected.launchMitVector, u64(request.launchMitVector ?? 0n))
  ]
  const input = concatBytes(...mixed.map(lengthPrefixed))
  return new Uint8Array(createHmac('sha256', derivedKeyRootOf(chip)).update(input).digest())
}

function u64(value: bigint): Uint8Array {
  const out = new Uint8Array(8)
  new DataView(out.buffer).setBigUint64(0, value, true)
  return out
}
