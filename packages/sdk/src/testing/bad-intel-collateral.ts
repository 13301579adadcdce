// Signed collateral that must be refused beside a good quote of a TD, and platforms for which there is none that would do.
import { validity } from '../attest/simulator/index.js'
import { type IntelMaterial, issueIntelAuthority, issueIntelMaterial } from '../attest/simulator/intel/index.js'
import { utf8 } from '../core/index.js'
import type { Evidence } from '../evidence/index.js'
import type { TdReport } from '../evidence/quote/index.js'
import { type BadEvidence, refusedWith } from './bad-evidence.js'
import { type FakeIntel, type FakeIntelOptions, fakeIntel } from './fake-intel.js'

const day = 86_400_000

export async function badIntelCollateral(
  intel: FakeIntel,
  reportData: Uint8Array,
  now: Date
): Promise<readonly BadEvidence[]> {
  const shipped = new ShippedMaterial(intel, reportData)
  return [
    ...badTexts(intel, shipped),
    ...(await badDates(intel, now, shipped)),
    ...(await badSigners(intel, now, shipped)),
    ...(await badPlatforms(intel, reportData, now)),
    ...badEnclaves(intel, reportData),
    ...badModules(intel, reportData)
  ]
}

/** The good quote, with a part of what is shipped beside it replaced. */
class ShippedMaterial {
  readonly #intel: FakeIntel
  readonly #reportData: Uint8Array

  constructor(intel: FakeIntel, reportData: Uint8Array) {
    this.#intel = intel
    this.#reportData = reportData
  }

  withTcbInfo(tdx: Uint8Array): Evidence {
    return this.#with({ tcbInfo: { ...this.#intel.material.tcbInfo, tdx } })
  }

  withQeIdentity(tdx: Uint8Array): Evidence {
    return this.#with({ qeIdentity: { ...this.#intel.material.qeIdentity, tdx } })
  }

  withSigner(tcbSigning: Uint8Array): Evidence {
    return this.#with({ certificates: { ...this.#intel.material.certificates, tcbSigning } })
  }

  #with(changes: Partial<IntelMaterial>): Evidence {
    const endorsements = this.#intel.endorsements('tdx', { ...this.#intel.material, ...changes })
    return this.#intel.tdxEvidence(this.#reportData, { endorsements })
  }
}

function badTexts({ material }: FakeIntel, shipped: ShippedMaterial): readonly BadEvidence[] {
  const { sgx, tdx } = material.tcbInfo
  const { qeIdentity } = material
  const edited = (from: string, to: string): Evidence => shipped.withTcbInfo(utf8(text(tdx).replace(from, to)))
  return [
    ...refusedWith('ERR_COLLATERAL_SIGNATURE', {
      'TCB info that was written anew': shipped.withTcbInfo(rewritten(tdx)),
      'a QE identity that was written anew': shipped.withQeIdentity(rewritten(qeIdentity.tdx)),
      'TCB info with another status in it': edited('"OutOfDate"', '"UpToDate"'),
      'TCB info with the signature of the QE identity': shipped.withTcbInfo(resigned(tdx, qeIdentity.tdx))
    }),
    ...refusedWith('ERR_COLLATERAL_MISMATCH', {
      'TCB info of the other TEE': shipped.withTcbInfo(sgx),
      'the identity of the other QE': shipped.withQeIdentity(qeIdentity.sgx)
    }),
    ...refusedWith('ERR_COLLATERAL_MISSING', {
      'TCB info with a member that occurs twice': edited('"version":3', '"version":3,"version":3'),
      'JSON that is nested without end': shipped.withTcbInfo(utf8('{"tcbInfo":'.repeat(5000))),
      'JSON of another shape': shipped.withTcbInfo(utf8('{"tcbInfo":[],"signature":""}'))
    })
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
async function badDates(intel: FakeIntel, now: Date, shipped: ShippedMaterial): Promise<readonly BadEvidence[]> {
  const rating = { status: 'UpToDate', qeStatus: 'UpToDate', evaluation: 20 } as const
  const issuedAfter = (days: number): Promise<IntelMaterial> =>
    issueIntelMaterial(intel.vendor, intel.platform, rating, new Date(now.getTime() + days * day))
  const [old, early] = await Promise.all([issuedAfter(-800), issuedAfter(2)])
  return refusedWith('ERR_COLLATERAL_EXPIRED', {
    'expired TCB info': shipped.withTcbInfo(old.tcbInfo.tdx),
    'TCB info from the future': shipped.withTcbInfo(early.tcbInfo.tdx),
    'an expired QE identity': shipped.withQeIdentity(old.qeIdentity.tdx)
  })
}

async function badSigners(intel: FakeIntel, now: Date, shipped: ShippedMaterial): Promise<readonly BadEvidence[]> {
  const forger = await fakeIntel({ vendor: 'forger', now })
  const past = { notBefore: new Date(now.getTime() - 2 * day), notAfter: new Date(now.getTime() - day) }
  const signer = (template: Parameters<typeof issueIntelAuthority>[2]): Promise<Uint8Array> =>
    issueIntelAuthority(intel.vendor, 'tcbSigning', template)
  const forged = await signer({ ...validity(now, 1), signingKey: forger.vendor.keys.root })
  return [
    ...refusedWith('ERR_COLLATERAL_SIGNATURE', {
      'TCB info that another vendor signed': shipped.withTcbInfo(forger.material.tcbInfo.tdx)
    }),
    ...refusedWith('ERR_CERTIFICATE_SIGNATURE', {
      'collateral whose signer another root of the same name vouches for': shipped.withSigner(forged)
    }),
    ...refusedWith('ERR_CERTIFICATE_EXPIRED', {
      'collateral whose signer has expired': shipped.withSigner(await signer(past))
    }),
    ...refusedWith('ERR_CERTIFICATE_USAGE', {
      'collateral that a CA signed': shipped.withSigner(intel.material.certificates.platformCa)
    })
  ]
}

/** Genuine platforms that the collateral does not vouch for. */
async function badPlatforms(intel: FakeIntel, reportData: Uint8Array, now: Date): Promise<readonly BadEvidence[]> {
  const { fmspc, pceId } = intel.platform
  const foreign = async (platform: NonNullable<FakeIntelOptions['platform']>): Promise<Evidence> => {
    const other = await fakeIntel({ now, platform })
    const material = { ...other.material, tcbInfo: intel.material.tcbInfo }
    return other.tdxEvidence(reportData, { endorsements: other.endorsements('tdx', material) })
  }
  const behind = await fakeIntel({ now, td: { tcbStatus: 'Unsupported' } })
  return [
    ...refusedWith('ERR_COLLATERAL_MISMATCH', {
      'TCB info of another family': await foreign({ fmspc: fmspc.with(0, 0x50) }),
      'TCB info of another PCE': await foreign({ pceId: pceId.with(0, 1) })
    }),
    ...refusedWith('ERR_TCB_UNSUPPORTED', {
      'a platform whose TCB is zero': await foreign({ sgxComponents: new Array<number>(16).fill(0), pceSvn: 0 }),
      'a platform that no level matches': behind.tdxEvidence(reportData)
    })
  ]
}

function badEnclaves(intel: FakeIntel, reportData: Uint8Array): readonly BadEvidence[] {
  const debugged = Uint8Array.of(0x17, ...new Uint8Array(15))
  return [
    ...refusedWith('ERR_EVIDENCE_KEY', {
      'a quoting enclave of another signer': intel.tdxEvidence(reportData, {
        qeReport: { mrSigner: new Uint8Array(32) }
      }),
      'a quoting enclave of another product': intel.tdxEvidence(reportData, { qeReport: { isvProdId: 1 } }),
      'a quoting enclave under a debugger': intel.tdxEvidence(reportData, { qeReport: { attributes: debugged } })
    }),
    ...refusedWith('ERR_TCB_UNSUPPORTED', {
      'a quoting enclave that no level matches': intel.tdxEvidence(reportData, { qeReport: { isvSvn: 0 } })
    })
  ]
}

function badModules(intel: FakeIntel, reportData: Uint8Array): readonly BadEvidence[] {
  const { teeTcbSvn, mrSignerSeam, seamAttributes } = intel.describeTd(reportData)
  const of = (fields: Partial<TdReport>): Evidence => intel.tdxEvidence(reportData, { fields })
  return [
    ...refusedWith('ERR_EVIDENCE_KEY', {
      'a TDX module of another signer': of({ mrSignerSeam: mrSignerSeam.with(0, 1) }),
      'a TDX module with attributes': of({ seamAttributes: seamAttributes.with(0, 1) })
    }),
    ...refusedWith('ERR_TCB_UNSUPPORTED', {
      'a TDX module of an unknown version': of({ teeTcbSvn: teeTcbSvn.with(1, 9) }),
      'a TDX module that no level matches': of({ teeTcbSvn: teeTcbSvn.with(0, 1) }),
      'a loader of the TDX module that no level matches': of({ teeTcbSvn: teeTcbSvn.with(2, 0) })
    })
  ]
}
