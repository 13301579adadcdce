// Evidence of TDs that must be refused, one reason each: the siblings of what the fake Intel gives. Chains and revocation are here,
// quotes in bad-quotes.ts, signed collateral in bad-intel-collateral.ts.
import { validity } from '../attest/simulator/index.js'
import {
  authoritySerialOf,
  type IntelMaterial,
  type IntelVendor,
  issueIntelAuthority,
  issueIntelCrl,
  issuePck,
  pckChainData,
  pckChainOf,
  pckExtensions,
  pckSerialOf
} from '../attest/simulator/intel/index.js'
import type { Evidence } from '../evidence/index.js'
import { basicConstraintsExtension, type Extension, keyUsageExtension } from '../x509/index.js'
import type { BadEvidence } from './bad-evidence.js'
import { badIntelCollateral } from './bad-intel-collateral.js'
import { badQuotes } from './bad-quotes.js'
import { type FakeIntel, fakeIntel } from './fake-intel.js'

/** All cases, over `reportData`, for a verifier that trusts `intel.root` at a time when `intel` is valid. */
export async function badTdxEvidence(
  intel: FakeIntel,
  reportData: Uint8Array,
  now: Date
): Promise<readonly BadEvidence[]> {
  const subject = { intel, reportData, ...datesAround(now) }
  return [
    ...(await badQuotes(intel, reportData)),
    ...(await badValidities(subject)),
    ...(await badIssuers(subject, now)),
    ...(await badUses(subject, now)),
    ...badChains(subject),
    ...(await badRevocations(subject, now)),
    ...(await badIntelCollateral(intel, reportData, now))
  ]
}

interface Dates {
  readonly past: { readonly notBefore: Date; readonly notAfter: Date }
  readonly future: { readonly notBefore: Date; readonly notAfter: Date }
}

interface Subject extends Dates {
  readonly intel: FakeIntel
  readonly reportData: Uint8Array
}

const day = 86_400_000

export function datesAround(now: Date): Dates {
  const inDays = (days: number): Date => new Date(now.getTime() + days * day)
  return {
    past: { notBefore: inDays(-2), notAfter: inDays(-1) },
    future: { notBefore: inDays(1), notAfter: inDays(2) }
  }
}

/** The good evidence with some of its certificates or lists replaced. */
function withMaterial(
  { intel, reportData }: Subject,
  certificates: Partial<IntelMaterial['certificates']>,
  crls: Partial<IntelMaterial['crls']> = {}
): Evidence {
  const material = {
    ...intel.material,
    certificates: { ...intel.material.certificates, ...certificates },
    crls: { ...intel.material.crls, ...crls }
  }
  return intel.tdxEvidence(reportData, {
    certification: pckChainData(pckChainOf(material, intel.platform)),
    endorsements: intel.endorsements('tdx', material)
  })
}

async function badValidities(subject: Subject): Promise<readonly BadEvidence[]> {
  const { past, future } = subject
  const { vendor, platform } = subject.intel
  const pck = (dates: Dates['past']): Promise<Uint8Array> => issuePck(vendor, platform, dates)
  const ca = (dates: Dates['past']): Promise<Uint8Array> => issueIntelAuthority(vendor, 'platformCa', dates)
  return [
    {
      name: 'an expired PCK certificate',
      code: 'ERR_CERTIFICATE_EXPIRED',
      evidence: withMaterial(subject, { pck: await pck(past) })
    },
    {
      name: 'a PCK certificate that is not valid yet',
      code: 'ERR_CERTIFICATE_NOT_YET_VALID',
      evidence: withMaterial(subject, { pck: await pck(future) })
    },
    {
      name: 'an expired CA',
      code: 'ERR_CERTIFICATE_EXPIRED',
      evidence: withMaterial(subject, { platformCa: await ca(past) })
    },
    {
      name: 'a CA that is not valid yet',
      code: 'ERR_CERTIFICATE_NOT_YET_VALID',
      evidence: withMaterial(subject, { platformCa: await ca(future) })
    }
  ]
}

async function badIssuers(subject: Subject, now: Date): Promise<readonly BadEvidence[]> {
  const { intel } = subject
  const forger = await fakeIntel({ vendor: 'forger', now })
  const signedBy = (vendor: IntelVendor): Promise<Uint8Array> =>
    issuePck(intel.vendor, intel.platform, { ...validity(now, 1), signingKey: vendor.keys.platformCa })
  const forgedCa = await issueIntelAuthority(intel.vendor, 'platformCa', {
    ...validity(now, 1),
    signingKey: forger.vendor.keys.root
  })
  const { root, platformCa, pck } = forger.material.certificates
  const wholeForgery = intel.tdxEvidence(subject.reportData, {
    certification: pckChainData([pck, platformCa, root]),
    endorsements: []
  })
  return [
    { name: 'a whole chain forged under the same names', code: 'ERR_CERTIFICATE_ROOT', evidence: wholeForgery },
    {
      name: 'a PCK certificate that another CA of the same name signed',
      code: 'ERR_CERTIFICATE_SIGNATURE',
      evidence: withMaterial(subject, { pck: await signedBy(forger.vendor) })
    },
    {
      name: 'a CA that another root of the same name signed',
      code: 'ERR_CERTIFICATE_SIGNATURE',
      evidence: withMaterial(subject, { platformCa: forgedCa })
    }
  ]
}

/** Authorities and leaves that may not do what they are used for. */
async function badUses(subject: Subject, now: Date): Promise<readonly BadEvidence[]> {
  const { vendor, platform } = subject.intel
  const code = 'ERR_CERTIFICATE_USAGE'
  const unknown: Extension = { oid: '1.2.840.113741.1.99', critical: true, value: Uint8Array.of(5, 0) }
  const [authority, signing] = [basicConstraintsExtension(true, 0), keyUsageExtension('keyCertSign', 'cRLSign')]
  const withCa = async (...extensions: readonly Extension[]): Promise<Evidence> =>
    withMaterial(subject, {
      platformCa: await issueIntelAuthority(vendor, 'platformCa', { ...validity(now, 1), extensions })
    })
  const strangePck = await issuePck(vendor, platform, {
    ...validity(now, 1),
    extensions: [...pckExtensions(vendor, platform), unknown]
  })
  return [
    { name: 'a CA that is none', code, evidence: await withCa(basicConstraintsExtension(false), signing) },
    { name: 'a CA without basic constraints', code, evidence: await withCa(signing) },
    {
      name: 'a CA that may not sign certificates',
      code,
      evidence: await withCa(authority, keyUsageExtension('cRLSign'))
    },
    { name: 'a CA with an unknown critical extension', code, evidence: await withCa(authority, signing, unknown) },
    {
      name: 'a PCK certificate with an unknown critical extension',
      code,
      evidence: withMaterial(subject, { pck: strangePck })
    }
  ]
}

/** Certification data that carries no chain from one PCK certificate to the root. */
function badChains({ intel, reportData }: Subject): readonly BadEvidence[] {
  const { pck, platformCa, root } = intel.material.certificates
  const of = (chain: readonly Uint8Array[]): Evidence =>
    intel.tdxEvidence(reportData, { certification: pckChainData(chain) })
  const named = (type: number, length: number): Evidence =>
    intel.tdxEvidence(reportData, { certification: { type, data: new Uint8Array(length) } })
  return [
    { name: 'a chain without its PCK certificate', code: 'ERR_CERTIFICATE_CHAIN', evidence: of([platformCa, root]) },
    {
      name: 'a chain with two PCK certificates',
      code: 'ERR_CERTIFICATE_CHAIN',
      evidence: of([pck, pck, platformCa, root])
    },
    { name: 'a chain without its CA', code: 'ERR_COLLATERAL_MISSING', evidence: of([pck, root]) },
    { name: 'a platform named by its PPID alone', code: 'ERR_COLLATERAL_MISSING', evidence: named(1, 36) },
    { name: 'a platform named by its encrypted PPID alone', code: 'ERR_COLLATERAL_MISSING', evidence: named(3, 404) },
    { name: 'a platform with a manifest alone', code: 'ERR_COLLATERAL_MISSING', evidence: named(7, 100) }
  ]
}

async function badRevocations(subject: Subject, now: Date): Promise<readonly BadEvidence[]> {
  const { intel, past, future } = subject
  const { vendor, platform } = intel
  const [revocationDate, dates] = [new Date(now.getTime() - day), validity(now, 1)]
  const rootList = async (serialNumber: Uint8Array): Promise<Partial<IntelMaterial['crls']>> => ({
    root: await issueIntelCrl(vendor, 'root', { ...dates, revoked: [{ serialNumber, revocationDate }] })
  })
  const pckList = (template: Parameters<typeof issueIntelCrl>[2]): Promise<Uint8Array> =>
    issueIntelCrl(vendor, 'platformCa', template)
  const revoked = [{ serialNumber: pckSerialOf(platform), revocationDate }]
  const forged = (await fakeIntel({ vendor: 'forger', now })).material.crls
  const of = (crls: Partial<IntelMaterial['crls']>): Evidence => withMaterial(subject, {}, crls)
  return [
    {
      name: 'a revoked platform',
      code: 'ERR_CERTIFICATE_REVOKED',
      evidence: of({ platform: await pckList({ ...dates, revoked }) })
    },
    {
      name: 'a revoked CA',
      code: 'ERR_CERTIFICATE_REVOKED',
      evidence: of(await rootList(authoritySerialOf(vendor, 'platformCa')))
    },
    {
      name: 'a revoked TCB signer',
      code: 'ERR_CERTIFICATE_REVOKED',
      evidence: of(await rootList(authoritySerialOf(vendor, 'tcbSigning')))
    },
    { name: 'an expired list of platforms', code: 'ERR_CRL_EXPIRED', evidence: of({ platform: await pckList(past) }) },
    {
      name: 'a list of platforms from the future',
      code: 'ERR_CRL_EXPIRED',
      evidence: of({ platform: await pckList(future) })
    },
    { name: 'a forged list of platforms', code: 'ERR_CRL_ISSUER', evidence: of({ platform: forged.platform }) },
    { name: 'a forged list of authorities', code: 'ERR_CRL_ISSUER', evidence: of({ root: forged.root }) },
    {
      name: 'the list of the other CA',
      code: 'ERR_COLLATERAL_MISSING',
      evidence: of({ platform: intel.material.crls.processor })
    }
  ]
}
