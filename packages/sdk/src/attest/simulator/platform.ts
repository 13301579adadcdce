// The simulated platform: chip, vendor and guest together. Answers what firmware and host answer to the real driver.
import { type Endorsement, encodeSnpCertificateTable, mediaTypes } from '../../evidence/index.js'
import { snpCertificateGuids } from '../../evidence/snp/certificate-table.js'
import type { SevGuestKeyRequest } from '../device/index.js'
import { chipIdOf } from './chip.js'
import { answerKeyRequest, firmwareStatus, type KeyAnswer } from './derive-key.js'
import type { SimulatedGuest } from './guest.js'
import { vcekExtensions, vlekExtensions } from './leaf.js'
import { createReport, signingKeyOf } from './report.js'
import type { SimulatorState } from './state.js'
import { issueAuthorities, issueCrl, issueLeaf, spkiOf, type Vendor, type VendorCertificates } from './vendor.js'

export interface PlatformCertificates extends VendorCertificates {
  /** VCEK or VLEK. */
  readonly leaf: Uint8Array
  readonly crl: Uint8Array
}

interface ReportAnswer {
  readonly status: number
  /** Empty unless the status is zero. */
  readonly report: Uint8Array
}

export interface SimulatedPlatform {
  readonly guest: SimulatedGuest
  readonly certificates: PlatformCertificates
  answerReportRequest(reportData: Uint8Array, vmpl: number): ReportAnswer
  answerKeyRequest(request: SevGuestKeyRequest): KeyAnswer
}

const cspId = 'CN=tresor-simulator'

/** A platform whose certificates are valid from a day before `now` on. */
export async function createPlatform(
  state: SimulatorState,
  guest: SimulatedGuest,
  organization: string,
  now: Date
): Promise<SimulatedPlatform> {
  const { chip, keys } = state
  const certificates = await issueCertificates({ product: guest.product, organization, keys }, state, guest, now)
  return {
    guest,
    certificates,
    answerReportRequest: (reportData, vmpl) =>
      vmpl < guest.vmpl || vmpl > 3
        ? { status: firmwareStatus.invalidParameters, report: new Uint8Array(0) }
        : { status: firmwareStatus.success, report: createReport(chip, guest, { reportData, vmpl }) },
    answerKeyRequest: (request) => answerKeyRequest(chip, guest, request)
  }
}

/** As the host puts them behind an extended report; `name` of the leaf follows the key that signs. */
export function encodePlatformTable({ certificates, guest }: SimulatedPlatform): Uint8Array {
  return encodeSnpCertificateTable([
    { guid: snpCertificateGuids[guest.signingKey], bytes: certificates.leaf },
    { guid: snpCertificateGuids.ASK, bytes: issuerOf(certificates, guest) },
    { guid: snpCertificateGuids.ARK, bytes: certificates.ark }
  ])
}

/** Everything that a verifier needs, so that it asks nobody. */
export function platformEndorsements({ certificates, guest }: SimulatedPlatform): readonly Endorsement[] {
  const chain = [certificates.leaf, issuerOf(certificates, guest), certificates.ark]
  return [
    ...chain.map((bytes) => ({ mediaType: mediaTypes.certificate, bytes })),
    { mediaType: mediaTypes.certificateList, bytes: certificates.crl }
  ]
}

function issuerOf(certificates: PlatformCertificates, guest: SimulatedGuest): Uint8Array {
  return guest.signingKey === 'VCEK' ? certificates.ask : certificates.asvk
}

async function issueCertificates(
  vendor: Vendor,
  state: SimulatorState,
  guest: SimulatedGuest,
  now: Date
): Promise<PlatformCertificates> {
  const [authorities, leaf, crl] = await Promise.all([
    issueAuthorities(vendor, validity(now, 25)),
    issueSigningLeaf(vendor, state, guest, now),
    issueCrl(vendor, validity(now, 1))
  ])
  return { ...authorities, leaf, crl }
}

function issueSigningLeaf(
  vendor: Vendor,
  { chip }: SimulatorState,
  guest: SimulatedGuest,
  now: Date
): Promise<Uint8Array> {
  const spki = spkiOf(signingKeyOf(chip, guest))
  if (guest.signingKey === 'VLEK') {
    const extensions = vlekExtensions(guest.product, cspId, guest.tcb)
    return issueLeaf(vendor, 'asvk', { ...validity(now, 1), spki, extensions })
  }
  const chipId = chipIdOf(chip)
  const hwId = guest.product === 'Turin' ? chipId.slice(0, 8) : chipId
  return issueLeaf(vendor, 'ask', {
    ...validity(now, 7),
    spki,
    extensions: vcekExtensions(guest.product, hwId, guest.tcb)
  })
}

/** From a day before `now`, as clocks differ, for `years`. */
export function validity(now: Date, years: number): { readonly notBefore: Date; readonly notAfter: Date } {
  const notBefore = new Date(now.getTime() - 86_400_000)
  const notAfter = new Date(notBefore)
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + years)
  return { notBefore, notAfter }
}
