// Everything that the fake Intel publishes about one platform: certificates, revocation lists, TCB info and QE identities.
import { type Endorsement, mediaTypes } from '../../../evidence/index.js'
import { validity } from '../platform.js'
import { signQeIdentity, signTcbInfo, withIssuerChain } from './collateral.js'
import { type LevelStatus, moduleLevels, platformLevelsFor, qeLevelsFor, type SimulatedStatus } from './levels.js'
import { issuePck } from './pck.js'
import type { IntelPlatform } from './platform.js'
import { qeReportOf } from './quoting-enclave.js'
import { caRoleOf, type IntelVendor, issueIntelAuthority, issueIntelCrl } from './vendor.js'

export type IntelTee = 'sgx' | 'tdx'

/** How the vendor rates the platform. */
export interface IntelRating {
  readonly status: SimulatedStatus
  /** Of the quoting enclaves. */
  readonly qeStatus: LevelStatus
  readonly evaluation: number
}

/** DER. */
interface IntelCertificates {
  readonly root: Uint8Array
  readonly platformCa: Uint8Array
  readonly processorCa: Uint8Array
  readonly tcbSigning: Uint8Array
  readonly pck: Uint8Array
}

export interface IntelMaterial {
  readonly certificates: IntelCertificates
  /** DER, by issuer. */
  readonly crls: { readonly root: Uint8Array; readonly platform: Uint8Array; readonly processor: Uint8Array }
  /** Bodies as the service answers with them. */
  readonly tcbInfo: Readonly<Record<IntelTee, Uint8Array>>
  readonly qeIdentity: Readonly<Record<IntelTee, Uint8Array>>
}

/** All of it, valid from a day before `now` on. */
export async function issueIntelMaterial(
  vendor: IntelVendor,
  platform: IntelPlatform,
  rating: IntelRating,
  now: Date
): Promise<IntelMaterial> {
  const [certificates, crls] = await Promise.all([issueCertificates(vendor, platform, now), issueCrls(vendor, now)])
  const tcbInfoOf = (tee: IntelTee): Uint8Array => issueTcbInfo(vendor, platform, rating, tee, now)
  const qeIdentityOf = (tee: IntelTee): Uint8Array => issueQeIdentity(vendor, platform, rating, tee, now)
  return {
    certificates,
    crls,
    tcbInfo: { sgx: tcbInfoOf('sgx'), tdx: tcbInfoOf('tdx') },
    qeIdentity: { sgx: qeIdentityOf('sgx'), tdx: qeIdentityOf('tdx') }
  }
}

/** Leaf, CA, root: the order of Intel's quotes. */
export function pckChainOf({ certificates }: IntelMaterial, { ca }: IntelPlatform): readonly Uint8Array[] {
  return [certificates.pck, certificates[caRoleOf(ca)], certificates.root]
}

/** Everything beside the quote that a verifier needs, so that it asks nobody. */
export function intelEndorsements(
  { certificates, crls, tcbInfo, qeIdentity }: IntelMaterial,
  { ca }: IntelPlatform,
  tee: IntelTee
): readonly Endorsement[] {
  const signers = [certificates.tcbSigning, certificates.root]
  const signed = [tcbInfo[tee], qeIdentity[tee]].map((body) => withIssuerChain(signers, body))
  return [
    ...signed.map((bytes) => ({ mediaType: mediaTypes.intelCollateral, bytes })),
    ...[crls[ca], crls.root].map((bytes) => ({ mediaType: mediaTypes.certificateList, bytes }))
  ]
}

async function issueCertificates(vendor: IntelVendor, platform: IntelPlatform, now: Date): Promise<IntelCertificates> {
  const [root, platformCa, processorCa, tcbSigning, pck] = await Promise.all([
    issueIntelAuthority(vendor, 'root', validity(now, 30)),
    issueIntelAuthority(vendor, 'platformCa', validity(now, 15)),
    issueIntelAuthority(vendor, 'processorCa', validity(now, 15)),
    issueIntelAuthority(vendor, 'tcbSigning', validity(now, 7)),
    issuePck(vendor, platform, validity(now, 7))
  ])
  return { root, platformCa, processorCa, tcbSigning, pck }
}

async function issueCrls(vendor: IntelVendor, now: Date): Promise<IntelMaterial['crls']> {
  const [root, platform, processor] = await Promise.all([
    issueIntelCrl(vendor, 'root', validity(now, 1)),
    issueIntelCrl(vendor, 'platformCa', validity(now, 1)),
    issueIntelCrl(vendor, 'processorCa', validity(now, 1))
  ])
  return { root, platform, processor }
}

function issueTcbInfo(
  vendor: IntelVendor,
  platform: IntelPlatform,
  { status, evaluation }: IntelRating,
  tee: IntelTee,
  now: Date
): Uint8Array {
  const { fmspc, pceId } = platform
  const levels = platformLevelsFor(status, platform, tee)
  const template = { ...validity(now, 1), tee, fmspc, pceId, evaluation, levels, moduleLevels }
  return signTcbInfo(template, vendor.keys.tcbSigning)
}

function issueQeIdentity(
  vendor: IntelVendor,
  platform: IntelPlatform,
  { qeStatus, evaluation }: IntelRating,
  tee: IntelTee,
  now: Date
): Uint8Array {
  const { mrSigner, isvProdId, isvSvn } = qeReportOf(tee, platform)
  const id = tee === 'tdx' ? 'TD_QE' : 'QE'
  const template = {
    ...validity(now, 1),
    id,
    evaluation,
    mrSigner,
    isvProdId,
    levels: qeLevelsFor(isvSvn, qeStatus)
  } as const
  return signQeIdentity(template, vendor.keys.tcbSigning)
}
