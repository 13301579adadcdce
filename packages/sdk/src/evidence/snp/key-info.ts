// Which key signed a report, and what the platform does to that key (AMD 56860, ATTESTATION_REPORT offset 0x48).
import { EvidenceError } from '../../core/index.js'

export type SnpSigningKey = 'VCEK' | 'VLEK'

export interface SnpKeyInfo {
  /** The report holds the digest of a key that signed the key that signed the launch. */
  readonly authorKeyEnabled: boolean
  /** The platform does not let its chip key sign. */
  readonly maskChipKey: boolean
  readonly signingKey: SnpSigningKey
}

const signingKeys: readonly SnpSigningKey[] = ['VCEK', 'VLEK']

/** @throws EvidenceError ERR_EVIDENCE_FORMAT for a report that no key signed, an unknown key or a reserved bit */
export function parseKeyInfo(info: number): SnpKeyInfo {
  if (info >>> 5 !== 0) throw malformed(`bits above 4 must be zero, found 0x${info.toString(16)}`)
  const signingKey = signingKeys[info >>> 2]
  if (signingKey === undefined) throw malformed(`expected VCEK (0) or VLEK (1) as signing key, found ${info >>> 2}`)
  return { authorKeyEnabled: (info & 1) === 1, maskChipKey: (info & 2) === 2, signingKey }
}

/** The inverse of `parseKeyInfo`. */
export function encodeKeyInfo(info: SnpKeyInfo): number {
  return (info.authorKeyEnabled ? 1 : 0) | (info.maskChipKey ? 2 : 0) | (signingKeys.indexOf(info.signingKey) << 2)
}

function malformed(message: string): EvidenceError {
  return new EvidenceError('ERR_EVIDENCE_FORMAT', `SNP report: key info: ${message}`, { details: { field: 'keyInfo' } })
}
