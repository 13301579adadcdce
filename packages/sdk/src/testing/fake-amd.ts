// A fake AMD: a whole hierarchy under AMD's own names with keys of ours, one chip, and one guest. Its evidence passes where the
// verifier trusts its root, and nowhere else.
import { createHash } from 'node:crypto'
import {
  type Chip,
  chipIdOf,
  createPlatform,
  describeReport,
  encodePlatformTable,
  expectGuest,
  issueAuthorities,
  issueCrl,
  issueLeaf,
  type LeafTemplate,
  type PlatformCertificates,
  platformEndorsements,
  type SimulatedGuest,
  type SimulatedPlatform,
  type SimulatorOptions,
  signingKeyOf,
  signReport,
  spkiOf,
  type Validity,
  type Vendor,
  type VendorCertificates,
  type VendorKeys,
  validity,
  vcekExtensions,
  vcekOf
} from '../attest/simulator/index.js'
import { expectDate, expectOptions, expectString } from '../core/index.js'
import type { Endorsement, Evidence, SnpProduct, SnpReportFields } from '../evidence/index.js'
import type { RevokedTemplate } from '../x509/index.js'
import { testRsaKey } from './rsa-key-cache.js'

export interface FakeAmdOptions {
  /** Product, versions, measurement and so on, as for the simulator. */
  readonly guest?: Omit<SimulatorOptions, 'directory' | 'latencyMs'>
  /** Chips of the same name have the same id and keys. Default `chip`. */
  readonly chip?: string
  /** Vendors of the same name have the same keys. Default `amd`. */
  readonly vendor?: string
  /** In the names of the certificates. Default AMD's own. */
  readonly organization?: string
  /** From a day before this on everything is valid. Default 2026-01-01. */
  readonly now?: Date
}

export interface FakeAmd {
  readonly vendor: Vendor
  readonly chip: Chip
  readonly guest: SimulatedGuest
  readonly platform: SimulatedPlatform
  readonly certificates: PlatformCertificates
  /** For `unsafeExtraRoots` of a verifier. */
  readonly root: { readonly product: SnpProduct; readonly spki: Uint8Array }
  /** The certificate table that its host puts behind an extended report. */
  readonly certificateTable: Uint8Array
  /** A signed report over `reportData`, also with fields that no firmware would write. */
  report(reportData: Uint8Array, fields?: Partial<SnpReportFields>): Uint8Array
  /** The report with its endorsements, or with those given. */
  evidence(reportData: Uint8Array, options?: FakeEvidenceOptions): Evidence
  /** A certificate for the chip's key. */
  issueVcek(options?: FakeVcekOptions): Promise<Uint8Array>
  /** Authorities of the same vendor with another validity. */
  issueAuthorities(validity: Validity): Promise<VendorCertificates>
  issueCrl(revoked: readonly RevokedTemplate[], validity?: Validity): Promise<Uint8Array>
}

export interface FakeEvidenceOptions {
  readonly fields?: Partial<SnpReportFields>
  readonly endorsements?: readonly Endorsement[]
}

export interface FakeVcekOptions extends Partial<LeafTemplate> {
  /** Eight bytes. */
  readonly tcb?: Uint8Array
  /** Without padding. */
  readonly chipId?: Uint8Array
}

const amdOrganization = 'Advanced Micro Devices'

/**
 * The fake vendor with one of its platforms. Give its `root` to verifiers as `unsafeExtraRoots`.
 * @throws UsageError ERR_USAGE_OPTION
 */
export async function fakeAmd(options: FakeAmdOptions = {}): Promise<FakeAmd> {
  expectOptions(options, ['guest', 'chip', 'vendor', 'organization', 'now'], 'fakeAmd')
  const guest = expectGuest(options.guest ?? {})
  const now = expectDate(options.now ?? new Date('2026-01-01T00:00:00Z'), 'now')
  const organization = expectString(options.organization ?? amdOrganization, 'organization')
  const { product } = guest
  const chip = { product, secret: secretOf(expectString(options.chip ?? 'chip', 'chip')) }
  const keys = await vendorKeys(`${options.vendor ?? 'amd'}-${product.toLowerCase()}`)
  const platform = await createPlatform({ chip, keys }, guest, organization, now)
  return describe({ product, organization, keys }, chip, platform, now)
}

function describe(vendor: Vendor, chip: Chip, platform: SimulatedPlatform, now: Date): FakeAmd {
  const { guest, certificates } = platform
  const signingKey = signingKeyOf(chip, guest) // once: deriving it takes longer than a signature
  const report: FakeAmd['report'] = (reportData, fields) =>
    signReport({ ...describeReport(chip, guest, { reportData, vmpl: guest.vmpl }), ...fields }, signingKey)
  return {
    vendor,
    chip,
    guest,
    platform,
    certificates,
    root: { product: vendor.product, spki: spkiOf(vendor.keys.ark) },
    certificateTable: encodePlatformTable(platform),
    report,
    evidence: (reportData, { fields, endorsements = platformEndorsements(platform) } = {}) => ({
      kind: 'snp',
      bytes: report(reportData, fields),
      endorsements
    }),
    issueVcek: (options = {}) => issueVcek(vendor, chip, guest, now, options),
    issueAuthorities: (dates) => issueAuthorities(vendor, dates),
    issueCrl: (revoked, dates = validity(now, 1)) => issueCrl(vendor, dates, revoked)
  }
}

function issueVcek(
  vendor: Vendor,
  chip: Chip,
  guest: SimulatedGuest,
  now: Date,
  { tcb = guest.tcb, chipId = shortChipId(chip), ...leaf }: FakeVcekOptions
): Promise<Uint8Array> {
  const spki = spkiOf(vcekOf(chip, tcb))
  const extensions = vcekExtensions(vendor.product, chipId, tcb)
  return issueLeaf(vendor, 'ask', { ...validity(now, 7), spki, extensions, ...leaf })
}

/** As certificates state it. */
export function shortChipId(chip: Chip): Uint8Array {
  return chip.product === 'Turin' ? chipIdOf(chip).slice(0, 8) : chipIdOf(chip)
}

async function vendorKeys(prefix: string): Promise<VendorKeys> {
  const [ark, ask, asvk] = await Promise.all(['ark', 'ask', 'asvk'].map((role) => testRsaKey(`${prefix}-${role}`)))
  return { ark, ask, asvk } as VendorKeys // three names, three keys
}

function secretOf(name: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(`tresor fake chip ${name}`).digest())
}
