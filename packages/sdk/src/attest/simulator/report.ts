// Reports of the simulated firmware, with the layout and the signature of real ones.
import { createHmac, type KeyObject, sign } from 'node:crypto'
import { isZero, utf8 } from '../../core/index.js'
import {
  encodeSnpReport,
  platformInfoBits,
  type SnpCpuid,
  type SnpProduct,
  type SnpReportFields,
  snpSignatureOffset
} from '../../evidence/index.js'
import { type Chip, chipIdOf, vcekOf, vlekOf } from './chip.js'
import type { SimulatedGuest } from './guest.js'

export interface ReportRequest {
  readonly reportData: Uint8Array
  readonly vmpl: number
}

/** A signed report, as the firmware hands it to the guest. */
export function createReport(chip: Chip, guest: SimulatedGuest, request: ReportRequest): Uint8Array {
  return signReport(describeReport(chip, guest, request), signingKeyOf(chip, guest))
}

/** Signs anything: a report with fields that no firmware would write is for tests of the verifier. */
export function signReport(fields: SnpReportFields, key: KeyObject): Uint8Array {
  const unsigned = encodeSnpReport({ ...fields, signature: new Uint8Array(96) })
  const signature = sign('sha384', unsigned.subarray(0, snpSignatureOffset), { key, dsaEncoding: 'ieee-p1363' })
  return encodeSnpReport({ ...fields, signature: new Uint8Array(signature) })
}

export function signingKeyOf(chip: Chip, guest: SimulatedGuest): KeyObject {
  return guest.signingKey === 'VCEK' ? vcekOf(chip, guest.tcb) : vlekOf(chip, guest.tcb)
}

/** Every field but the signature. Clouds that sign with a VLEK mask the chip: its id is then zero. */
export function describeReport(chip: Chip, guest: SimulatedGuest, request: ReportRequest): SnpReportFields {
  const { tcb } = guest
  const version = { major: 1, minor: 55, build: 21 }
  return {
    version: guest.version,
    guestSvn: guest.guestSvn,
    policy: guest.guestPolicy,
    familyId: guest.familyId,
    imageId: guest.imageId,
    vmpl: request.vmpl,
    currentTcb: tcb,
    platformInfo: (1n << BigInt(platformInfoBits.smt)) | (1n << BigInt(platformInfoBits.ecc)),
    keyInfo: { authorKeyEnabled: !isZero(guest.authorKeyDigest), maskChipKey: false, signingKey: guest.signingKey },
    reportData: request.reportData,
    measurement: guest.measurement,
    hostData: guest.hostData,
    idKeyDigest: guest.idKeyDigest,
    authorKeyDigest: guest.authorKeyDigest,
    reportId: reportIdOf(chip, guest),
    reportIdMa: new Uint8Array(32).fill(0xff),
    reportedTcb: tcb,
    ...(guest.version >= 3 ? { cpuid: cpuids[guest.product] } : {}),
    chipId: guest.signingKey === 'VCEK' ? chipIdOf(chip) : new Uint8Array(64),
    committedTcb: tcb,
    currentVersion: version,
    committedVersion: version,
    launchTcb: tcb,
    ...(guest.version >= 5 ? { launchMitVector: 0n, currentMitVector: 0n } : {}),
    signature: new Uint8Array(96)
  }
}

const cpuids: Readonly<Record<SnpProduct, SnpCpuid>> = {
  Milan: { family: 0x19, model: 0x01, stepping: 0x01 },
  Genoa: { family: 0x19, model: 0x11, stepping: 0x01 },
  Turin: { family: 0x1a, model: 0x02, stepping: 0x01 }
}

/** Real firmware draws it anew for each guest; here the same guest on the same chip counts as one that never stopped. */
function reportIdOf(chip: Chip, guest: SimulatedGuest): Uint8Array {
  return new Uint8Array(createHmac('sha256', chip.secret).update(utf8('report id')).update(guest.measurement).digest())
}
