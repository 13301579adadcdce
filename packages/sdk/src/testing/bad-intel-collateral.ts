// Signed collateral that must be refused beside a good quote of a TD, and platforms for which there is none that would do.
import { validity } from '../attest/simulator/index.js'
import { type IntelMaterial, issueIntelAuthority, issueIntelMaterial } from '../attest/simulator/intel/index.js'
import { utf8 } from '../core/index.js'
import type { Evidence } from '../evidence/index.js'
import type { TdReport } from '../evidence/quote/index.js'
import type { BadEvidence } from './bad-evidence.js'
import { type FakeIntel, type FakeIntelOptions, fakeIntel } from './fake-intel.js'

const day = 86_400_000

export async function badIntelCollateral(
  intel: FakeIntel,
  reportData: Uint8Array,
  now: Date
): Promise<readonly BadEvidence[]> {
  const of = (changes: Partial<IntelMaterial>): Evidence =>
    intel.tdxEvidence(reportData, { endorsements: intel.endorsements('tdx', { ...intel.material, ...changes }) })
  return [
    ...badTexts(intel, of),
    ...(await badDates(intel, now, of)),
    ...(await badSigners(intel, now, of)),
    ...(await badPlatforms(intel, reportData, now)),
    ...badModules(intel, reportData)
  ]
}

type Changed = (changes: Partial<IntelMaterial>) => Evidence

function badTexts({ material }: FakeIntel, of: Changed): readonly BadEvidence[] {
  const { tcbInfo, qeIdentity } = material
  const withInfo = (tdx: Uint8Array): Evidence => of({ tcbInfo: { ...tcbInfo, tdx } })
  const deep = utf8(`${'{"tcbInfo":'.repeat(5000)}`)
  const doubled = utf8(text(tcbInfo.tdx).replace('"version":3', '"version":3,"version":3'))
  return [
    {
      name: 'TCB info that was written anew',
      code: 'ERR_COLLATERAL_SIGNATURE',
      evidence: withInfo(rewritten(tcbInfo.tdx))
    },
    {
      name: 'a QE identity that was written anew',
      code: 'ERR_COLLATERAL_SIGNATURE',
      evidence: of({ qeIdentity: { ...qeIdentity, tdx: rewritten(qeIdentity.tdx) } })
    },
    {
      name: 'TCB info with another status in it',
      code: 'ERR_COLLATERAL_SIGNATURE',
      evidence: withInfo(utf8(text(tcbInfo.tdx).replace('"OutOfDate"', '"UpToDate"')))
    },
    {
      name: 'TCB info with the signature of the QE identity',
      code: 'ERR_COLLATERAL_SIGNATURE',
      evidence: withInfo(resigned(tcbInfo.tdx, qeIdentity.tdx))
    },
    { name: 'TCB info of the other TEE', code: 'ERR_COLLATERAL_MISMATCH', evidence: withInfo(tcbInfo.sgx) },
    {
      name: 'the identity of the other QE',
      code: 'ERR_COLLATERAL_MISMATCH',
      evidence: of({ qeIdentity: { ...qeIdentity, tdx: qeIdentity.sgx } })
    },
    { name: 'TCB info with a member that occurs twice', code: 'ERR_COLLATERAL_MISSING', evidence: withInfo(doubled) },
    { name: 'JSON that is nested without end', code: 'ERR_COLLATERAL_MISSING', evidence: withInfo(deep) },
    {
      name: 'JSON of another shape',
      code: 'ERR_COLLATERAL_MISSING',
      evidence: withInfo(utf8('{"tcbInfo":[],"signature":""}'))
    }
  ]
}

/** The same values with spaces between them. */
function rewritten(body: Uint8Array): Uint8Array {
  return utf8(JSON.stringify(JSON.parse(text(body)), undefined, 1))
}

function resigned(body: Uint8Array, other: Uint8Array): Uint8Array {
  const signature = /"signature":"[0-9a-f]{128}"/
  return utf8(text(body).replace(signature, signature.exec(text(other))?.[0] ?? ''))
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

/** Bodies of the same vendor, issued at another time. */
async function badDates(intel: FakeIntel, now: Date, of: Changed): Promise<readonly BadEvidence[]> {
  const { tcbInfo, qeIdentity } = intel.material
  const at = (time: Date): Promise<IntelMaterial> => issueIntelMaterial(intel.vendor, intel.platform, rating, time)
  const [old, early] = await Promise.all([
    at(new Date(now.getTime() - 800 * day)),
    at(new Date(now.getTime() + 2 * day))
  ])
  return [
    {
      name: 'expired TCB info',
      code: 'ERR_COLLATERAL_EXPIRED',
      evidence: of({ tcbInfo: { ...tcbInfo, tdx: old.tcbInfo.tdx } })
    },
    {
      name: 'TCB info from the future',
      code: 'ERR_COLLATERAL_EXPIRED',
      evidence: of({ tcbInfo: { ...tcbInfo, tdx: early.tcbInfo.tdx } })
    },
    {
      name: 'an expired QE identity',
      code: 'ERR_COLLATERAL_EXPIRED',
      evidence: of({ qeIdentity: { ...qeIdentity, tdx: old.qeIdentity.tdx } })
    }
  ]
}

const rating = { status: 'UpToDate', qeStatus: 'UpToDate', evaluation: 20 } as const

async function badSigners(intel: FakeIntel, now: Date, of: Changed): Promise<readonly BadEvidence[]> {
  const { certificates, tcbInfo } = intel.material
  const forger = await fakeIntel({ vendor: 'forger', now })
  const past = { notBefore: new Date(now.getTime() - 2 * day), notAfter: new Date(now.getTime() - day) }
  const signer = (template: Parameters<typeof issueIntelAuthority>[2]): Promise<Uint8Array> =>
    issueIntelAuthority(intel.vendor, 'tcbSigning', template)
  const withSigner = (tcbSigning: Uint8Array): Evidence => of({ certificates: { ...certificates, tcbSigning } })
  const forged = await signer({ ...validity(now, 1), signingKey: forger.vendor.keys.root })
  return [
    {
      name: 'TCB info that another vendor signed',
      code: 'ERR_COLLATERAL_SIGNATURE',
      evidence: of({ tcbInfo: { ...tcbInfo, tdx: forger.material.tcbInfo.tdx } })
    },
    {
      name: 'collateral whose signer another root of the same name vouches for',
      code: 'ERR_CERTIFICATE_SIGNATURE',
      evidence: withSigner(forged)
    },
    {
      name: 'collateral whose signer has expired',
      code: 'ERR_CERTIFICATE_EXPIRED',
      evidence: withSigner(await signer(past))
    },
    {
      name: 'collateral that a CA signed',
      code: 'ERR_CERTIFICATE_USAGE',
      evidence: withSigner(certificates.platformCa)
    }
  ]
}

/** Genuine platforms that the collateral does not vouch for. */
async function badPlatforms(intel: FakeIntel, reportData: Uint8Array, now: Date): Promise<readonly BadEvidence[]> {
  const { fmspc, pceId } = intel.platform
  const made = async (options: FakeIntelOptions): Promise<FakeIntel> => fakeIntel({ now, ...options })
  const foreign = async (platform: FakeIntelOptions['platform']): Promise<Evidence> => {
    const other = await made(platform === undefined ? {} : { platform })
    return other.tdxEvidence(reportData, {
      endorsements: other.endorsements('tdx', { ...other.material, tcbInfo: intel.material.tcbInfo })
    })
  }
  const zero = new Array<number>(16).fill(0)
  return [
    {
      name: 'TCB info of another family',
      code: 'ERR_COLLATERAL_MISMATCH',
      evidence: await foreign({ fmspc: fmspc.with(0, 0x50) })
    },
    {
      name: 'TCB info of another PCE',
      code: 'ERR_COLLATERAL_MISMATCH',
      evidence: await foreign({ pceId: pceId.with(0, 1) })
    },
    {
      name: 'a platform whose TCB is zero',
      code: 'ERR_TCB_UNSUPPORTED',
      evidence: await foreign({ sgxComponents: zero, pceSvn: 0 })
    },
    {
      name: 'a platform that no level matches',
      code: 'ERR_TCB_UNSUPPORTED',
      evidence: (await made({ td: { tcbStatus: 'Unsupported' } })).tdxEvidence(reportData)
    },
    {
      name: 'a quoting enclave of another signer',
      code: 'ERR_EVIDENCE_KEY',
      evidence: intel.tdxEvidence(reportData, { qeReport: { mrSigner: new Uint8Array(32) } })
    },
    {
      name: 'a quoting enclave of another product',
      code: 'ERR_EVIDENCE_KEY',
      evidence: intel.tdxEvidence(reportData, { qeReport: { isvProdId: 1 } })
    },
    {
      name: 'a quoting enclave under a debugger',
      code: 'ERR_EVIDENCE_KEY',
      evidence: intel.tdxEvidence(reportData, { qeReport: { attributes: Uint8Array.of(0x17, ...new Uint8Array(15)) } })
    },
    {
      name: 'a quoting enclave that no level matches',
      code: 'ERR_TCB_UNSUPPORTED',
      evidence: intel.tdxEvidence(reportData, { qeReport: { isvSvn: 0 } })
    }
  ]
}

function badModules(intel: FakeIntel, reportData: Uint8Array): readonly BadEvidence[] {
  const { teeTcbSvn, mrSignerSeam, seamAttributes } = intel.describeTd(reportData)
  const of = (fields: Partial<TdReport>): Evidence => intel.tdxEvidence(reportData, { fields })
  return [
    {
      name: 'a TDX module of another signer',
      code: 'ERR_EVIDENCE_KEY',
      evidence: of({ mrSignerSeam: mrSignerSeam.with(0, 1) })
    },
    {
      name: 'a TDX module with attributes',
      code: 'ERR_EVIDENCE_KEY',
      evidence: of({ seamAttributes: seamAttributes.with(0, 1) })
    },
    {
      name: 'a TDX module of an unknown version',
      code: 'ERR_TCB_UNSUPPORTED',
      evidence: of({ teeTcbSvn: teeTcbSvn.with(1, 9) })
    },
    {
      name: 'a TDX module that no level matches',
      code: 'ERR_TCB_UNSUPPORTED',
      evidence: of({ teeTcbSvn: teeTcbSvn.with(0, 1) })
    },
    {
      name: 'a loader of the TDX module that no level matches',
      code: 'ERR_TCB_UNSUPPORTED',
      evidence: of({ teeTcbSvn: teeTcbSvn.with(2, 0) })
    }
  ]
}
