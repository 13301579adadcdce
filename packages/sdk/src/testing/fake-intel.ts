// A fake Intel: a whole hierarchy under Intel's own names with keys of ours, one platform, and what runs there. Its quotes pass
// where the verifier trusts its root, and nowhere else.
import { createHash } from 'node:crypto'
import { spkiOf } from '../attest/simulator/index.js'
import {
  createIntelPlatform,
  createIntelVendor,
  describeTd,
  encodeEventLog,
  expectTd,
  type IntelMaterial,
  type IntelPlatform,
  type IntelRating,
  type IntelTee,
  type IntelVendor,
  intelEndorsements,
  issueIntelMaterial,
  type PckCa,
  type SimulatedTd,
  type TdxSimulatorOptions
} from '../attest/simulator/intel/index.js'
import { expectDate, expectOneOf, expectOptions, expectString } from '../core/index.js'
import { type Endorsement, type Evidence, mediaTypes } from '../evidence/index.js'
import type { SgxReport, TdReport } from '../evidence/quote/index.js'
import { type FakeQuoteOptions, quoteEnclave, quoteTd } from './fake-quotes.js'

export interface FakeIntelOptions {
  /** The TD, and how its platform is rated, as for the simulator. */
  readonly td?: Omit<TdxSimulatorOptions, 'tee' | 'directory' | 'latencyMs'>
  /** Of the quoting enclaves. Default `UpToDate`. */
  readonly qeStatus?: IntelRating['qeStatus']
  /** `tcbEvaluationDataNumber`. Default 20. */
  readonly evaluation?: number
  /** Which authority certifies the platform. Default `platform`. */
  readonly ca?: PckCa
  /** What differs in the platform: its family, its versions and so on. */
  readonly platform?: Partial<Omit<IntelPlatform, 'secret' | 'ca'>>
  /** Machines of the same name have the same identifiers and keys. Default `machine`. */
  readonly machine?: string
  /** Vendors of the same name have the same keys. Default `intel`. */
  readonly vendor?: string
  /** In the names of the certificates. Default Intel's own. */
  readonly organization?: string
  /** From a day before this on everything is valid. Default 2026-01-01. */
  readonly now?: Date
}

export interface FakeIntel {
  readonly vendor: IntelVendor
  readonly platform: IntelPlatform
  readonly td: SimulatedTd
  readonly material: IntelMaterial
  /** For `unsafeExtraRoots` of a verifier. */
  readonly root: { readonly product: 'Intel'; readonly spki: Uint8Array }
  /** What the TDX module reports about the TD. */
  describeTd(reportData: Uint8Array): TdReport
  /** A quote of the TD over `reportData`, also with fields that no module would write. */
  tdxQuote(reportData: Uint8Array, options?: FakeQuoteOptions<TdReport>): Uint8Array
  /** A quote of an enclave, of version 3 unless said otherwise. */
  sgxQuote(reportData: Uint8Array, options?: FakeQuoteOptions<SgxReport>): Uint8Array
  /** The quote of the TD with its endorsements, or with those given. */
  tdxEvidence(reportData: Uint8Array, options?: FakeQuoteEvidence<TdReport>): Evidence
  sgxEvidence(reportData: Uint8Array, options?: FakeQuoteEvidence<SgxReport>): Evidence
  /** TCB info, QE identity, lists, and for a TD its event log. */
  endorsements(tee: IntelTee, material?: IntelMaterial): readonly Endorsement[]
}

export interface FakeQuoteEvidence<Report> extends FakeQuoteOptions<Report> {
  readonly endorsements?: readonly Endorsement[]
}

const crlUrls = {
  root: 'https://certificates.trustedservices.intel.com/IntelSGXRootCA.der',
  platform: 'https://api.trustedservices.intel.com/sgx/certification/v4/pckcrl?ca=platform&encoding=der',
  processor: 'https://api.trustedservices.intel.com/sgx/certification/v4/pckcrl?ca=processor&encoding=der'
}

const optionNames = [
  'td',
  'qeStatus',
  'evaluation',
  'ca',
  'platform',
  'machine',
  'vendor',
  'organization',
  'now'
] as const

/**
 * The fake vendor with one of its platforms. Give its `root` to verifiers as `unsafeExtraRoots`.
 * @throws UsageError ERR_USAGE_OPTION
 */
export async function fakeIntel(options: FakeIntelOptions = {}): Promise<FakeIntel> {
  expectOptions(options, optionNames, 'fakeIntel')
  const td = expectTd(options.td ?? {})
  const now = expectDate(options.now ?? new Date('2026-01-01T00:00:00Z'), 'now')
  const organization = expectString(options.organization ?? 'Intel Corporation', 'organization')
  const vendor = createIntelVendor(secretOf(`vendor ${options.vendor ?? 'intel'}`), organization, crlUrls)
  const ca = expectOneOf(options.ca ?? 'platform', ['platform', 'processor'], 'ca')
  const machine = createIntelPlatform(secretOf(`machine ${options.machine ?? 'machine'}`), ca)
  const platform = { ...machine, ...options.platform }
  const { qeStatus = 'UpToDate', evaluation = 20 } = options
  const material = await issueIntelMaterial(vendor, platform, { status: td.tcbStatus, qeStatus, evaluation }, now)
  return describe(vendor, platform, td, material)
}

function describe(vendor: IntelVendor, platform: IntelPlatform, td: SimulatedTd, material: IntelMaterial): FakeIntel {
  const machine = { platform, material }
  const describeIt = (reportData: Uint8Array): TdReport => describeTd(td, td.bootRtmrs, reportData)
  const tdxQuote: FakeIntel['tdxQuote'] = (reportData, options = {}) =>
    quoteTd(machine, describeIt(reportData), { version: td.version, ...options })
  const sgxQuote: FakeIntel['sgxQuote'] = (reportData, options = {}) =>
    quoteEnclave(machine, describeEnclave(platform, reportData), options)
  const logged = [{ mediaType: mediaTypes.eventLog, bytes: encodeEventLog(td.events) }]
  const endorsements: FakeIntel['endorsements'] = (tee, given = material) => [
    ...intelEndorsements(given, platform, tee),
    ...(tee === 'tdx' ? logged : [])
  ]
  const root = { product: 'Intel', spki: spkiOf(vendor.keys.root) } as const
  return {
    ...{ vendor, platform, td, material, root, tdxQuote, sgxQuote, endorsements, describeTd: describeIt },
    tdxEvidence: (reportData, { endorsements: given = endorsements('tdx'), ...options } = {}) => ({
      kind: 'tdx',
      bytes: tdxQuote(reportData, options),
      endorsements: given
    }),
    sgxEvidence: (reportData, { endorsements: given = endorsements('sgx'), ...options } = {}) => ({
      kind: 'sgx',
      bytes: sgxQuote(reportData, options),
      endorsements: given
    })
  }
}

/** An enclave in production mode. */
function describeEnclave({ cpuSvn }: IntelPlatform, reportData: Uint8Array): SgxReport {
  return {
    cpuSvn,
    miscSelect: new Uint8Array(4),
    attributes: Uint8Array.of(0x05, 0, 0, 0, 0, 0, 0, 0, 0xe7, 0, 0, 0, 0, 0, 0, 0),
    mrEnclave: secretOf('enclave'),
    mrSigner: secretOf('enclave signer'),
    configId: new Uint8Array(64),
    isvProdId: 1,
    isvSvn: 1,
    configSvn: 0,
    isvExtProdId: new Uint8Array(16),
    isvFamilyId: new Uint8Array(16),
    reportData
  }
}

function secretOf(name: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(`tresor fake intel ${name}`).digest())
}
