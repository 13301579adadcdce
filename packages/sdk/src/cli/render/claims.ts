// What evidence claims, in words and in the order in which a person asks.

import type { Appraisal, ClaimValue } from '../../verify/index.js'
import { shortHex } from '../printable.js'
import { labelled, type Style } from '../style.js'

/** The claims that matter for a decision; --json has all. */
export function renderClaims({ claims, tcb, validUntil, simulated }: Appraisal, style: Style): readonly string[] {
  const rows: readonly (readonly [label: string, value: ClaimValue | undefined])[] = [
    ['origin', simulated ? 'SIMULATOR: this proves nothing' : undefined],
    ['product', claims.product],
    ['measurement', claims.measurement],
    ['MRTD', claims.mrTd],
    ['RTMR', claims.rtmr],
    ['MRENCLAVE', claims.mrEnclave],
    ['MRSIGNER', claims.mrSigner],
    ['report data', claims.reportData],
    ['host data', isZeroHex(claims.hostData) ? undefined : claims.hostData],
    ['VMPL', claims.vmpl],
    ['reported TCB', claims.reportedTcb],
    ['TCB status', tcb.status === 'NotRated' ? undefined : tcb.status],
    ['advisories', tcb.advisories.length === 0 ? undefined : tcb.advisories.join(', ')],
    ['signed by', signer(claims)],
    ['valid until', validUntil]
  ]
  return rows.flatMap(([label, value]) => (value === undefined || value === null ? [] : row(label, value, style)))
}

function row(label: string, value: ClaimValue, style: Style): readonly string[] {
  return labelled(style, label, shortHex(formatClaim(value)), 4, 13)
}

/** `bootLoader 4, tee 0` for objects; lists and plain values as they are. */
function formatClaim(value: ClaimValue): string {
  if (value === null) return 'none'
  if (typeof value !== 'object') return String(value)
  if (Array.isArray(value)) return value.map(formatClaim).join(', ')
  return Object.entries(value)
    .map(([name, member]) => `${name} ${formatClaim(member)}`)
    .join(', ')
}

function signer({ signingKey, cspId }: Appraisal['claims']): string | undefined {
  if (typeof signingKey !== 'string') return undefined
  return typeof cspId === 'string' ? `${signingKey} of ${cspId}` : signingKey
}

function isZeroHex(value: ClaimValue | undefined): boolean {
  return typeof value === 'string' && /^0*$/.test(value)
}
