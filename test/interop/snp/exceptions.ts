// Where go-sev-guest v0.15.0 and our verifier differ on purpose. Whatever is not here must come out the same.
import type { Judgement } from './go-sev.js'

export interface Exception {
  readonly name: string
  /** Who is stricter, and why ours stays as it is. */
  readonly why: string
  /** What each side says, for a report of these bytes. */
  readonly covers: (ours: Judgement, theirs: Judgement, report: Uint8Array) => boolean
}

export const exceptions: readonly Exception[] = [
  {
    name: 'FMC of Turin',
    why: 'it refuses every VCEK of Turin: it does not know the extension 1.3.6.1.4.1.3704.1.3.9 (AMD 57230, FMC SPL)',
    covers: (ours, theirs) => ours.genuine && theirs.reason.includes('not an AMD KDS OID: 1.3.6.1.4.1.3704.1.3.9')
  },
  {
    name: 'models of a product',
    why: 'it knows one model of each family; AMD gives Milan, Genoa with Bergamo and Siena, and Turin ranges of them',
    covers: (ours, theirs, report) =>
      ours.genuine &&
      isFrom(3, report) &&
      /could not be verified by any trusted roots. Last error: <nil>|no embedded roots available for product line: "Unknown"/.test(
        theirs.reason
      )
  },
  {
    name: 'stepping above 15',
    why: 'it writes the report again before it checks the signature, and a stepping of more than four bits is lost on the way',
    covers: (ours, theirs, report) =>
      ours.genuine &&
      isFrom(3, report) &&
      (report[0x18a] ?? 0) > 15 &&
      theirs.reason.includes('ECDSA verification failure')
  },
  {
    name: 'order of versions',
    why: 'it demands committed <= current and reported <= current; the firmware sees to that, and a policy may ask for more',
    covers: (ours, theirs) =>
      ours.genuine &&
      /is greater than the current|CURRENT_TCB .* is lower than the (report's|TCB of)/.test(theirs.reason)
  },
  {
    name: 'reserved before version 5',
    why: 'it reads mitigation vectors in every version; in versions before 5 these bytes are reserved and must be zero',
    covers: (ours, theirs, report) =>
      theirs.genuine &&
      !isFrom(5, report) &&
      report.subarray(0x1f8, 0x208).some((byte) => byte !== 0) &&
      ours.reason.startsWith('ERR_EVIDENCE_FORMAT: SNP report: reserved bytes')
  },
  {
    name: 'no processor in version 3',
    why: 'it takes zeros for a processor that is not stated, and then the certificate decides; from version 3 on it is stated',
    covers: (ours, theirs, report) =>
      theirs.genuine &&
      isFrom(3, report) &&
      report.subarray(0x188, 0x18b).every((byte) => byte === 0) &&
      ours.reason.startsWith('ERR_EVIDENCE_PRODUCT')
  },
  {
    name: 'VMPL above 3',
    why: 'it takes any number; there are four levels, and 0xffffffff marks a report that the host asked for',
    covers: (ours, theirs, report) =>
      theirs.genuine &&
      new DataView(report.buffer, report.byteOffset).getUint32(0x30, true) > 3 &&
      ours.reason.startsWith('ERR_EVIDENCE_FORMAT: SNP report: expected a VMPL')
  },
  {
    name: 'reserved bytes of a TCB',
    why: 'it ignores them; they are reserved and must be zero, and a component may move there in a later product',
    covers: (ours, theirs) =>
      theirs.genuine && ours.reason.startsWith('ERR_EVIDENCE_FORMAT: SNP TCB version: reserved byte')
  }
]

function isFrom(version: number, report: Uint8Array): boolean {
  return (report[0] ?? 0) >= version
}
