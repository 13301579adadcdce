// The guest policy: what the owner allowed the host at launch (AMD 56860, GUEST_POLICY). The firmware holds the host to it.
import { EvidenceError } from '../../core/index.js'

export interface SnpGuestPolicy {
  /** The least version of the firmware's interface. */
  readonly abiMajor: number
  readonly abiMinor: number
  readonly smt: boolean
  /** A migration agent may be associated with the guest, and so export it. */
  readonly migrationAgent: boolean
  /** The host may read and write the memory of the guest. */
  readonly debug: boolean
  readonly singleSocket: boolean
  readonly cxl: boolean
  readonly aes256Xts: boolean
  readonly raplDisabled: boolean
  readonly ciphertextHiding: boolean
  readonly pageSwapDisabled: boolean
}

export type SnpGuestPolicyFlag = Exclude<keyof SnpGuestPolicy, 'abiMajor' | 'abiMinor'>

/** Bit of each flag. */
export const guestPolicyBits: Readonly<Record<SnpGuestPolicyFlag, number>> = {
  smt: 16,
  migrationAgent: 18,
  debug: 19,
  singleSocket: 20,
  cxl: 21,
  aes256Xts: 22,
  raplDisabled: 23,
  ciphertextHiding: 24,
  pageSwapDisabled: 25
}

const mustBeOne = 1n << 17n
const firstReserved = 26n

/** @throws EvidenceError ERR_EVIDENCE_FORMAT when bit 17 is clear or a bit that this version does not know is set */
export function parseGuestPolicy(policy: bigint): SnpGuestPolicy {
  if ((policy & mustBeOne) === 0n) throw malformed('bit 17 must be one')
  if (policy >> firstReserved !== 0n) throw malformed(`bits above 25 must be zero, found 0x${policy.toString(16)}`)
  const low = Number(policy)
  const isSet = (flag: SnpGuestPolicyFlag): boolean => ((low >>> guestPolicyBits[flag]) & 1) === 1
  return {
    abiMajor: (low >>> 8) & 0xff,
    abiMinor: low & 0xff,
    smt: isSet('smt'),
    migrationAgent: isSet('migrationAgent'),
    debug: isSet('debug'),
    singleSocket: isSet('singleSocket'),
    cxl: isSet('cxl'),
    aes256Xts: isSet('aes256Xts'),
    raplDisabled: isSet('raplDisabled'),
    ciphertextHiding: isSet('ciphertextHiding'),
    pageSwapDisabled: isSet('pageSwapDisabled')
  }
}

/** The inverse of `parseGuestPolicy`. */
export function encodeGuestPolicy(policy: SnpGuestPolicy): bigint {
  let bits = mustBeOne | (BigInt(policy.abiMajor) << 8n) | BigInt(policy.abiMinor)
  for (const [flag, bit] of Object.entries(guestPolicyBits)) {
    if (policy[flag as SnpGuestPolicyFlag]) bits |= 1n << BigInt(bit) // the keys of the table above
  }
  return bits
}

function malformed(message: string): EvidenceError {
  return new EvidenceError('ERR_EVIDENCE_FORMAT', `SNP guest policy: ${message}`, { details: { field: 'policy' } })
}
