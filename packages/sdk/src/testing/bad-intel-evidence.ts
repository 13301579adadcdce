// Evidence of TDs that must be refused, one reason each: the siblings of what the fake Intel gives. Chains and revocation are here,
// quotes in bad-quotes.ts, signed collateral in bad-intel-collateral.ts.
import { type Validity, validity } from '../attest/simulator/index.js'
import {
  authoritySerialOf,
  type IntelMaterial,
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
import { type BadEvidence, refusedWith } from './bad-evidence.js'
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
  readonly past: Validity
  readonly future: Validity
}

interface Subject extends Dates {
  readonly intel: FakeIntel
  readonly reportData: Uint8Array
}

const day = 86_400_000

function datesAround(now: Date): Dates {
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
  const withPck = async (dates: Validity): Promise<Evidence> =>
    withMaterial(subject, { pck: await issuePck(vendor, platform, dates) })
  const withCa = async (dates: Validity): Promise<Evidence> =>
    withMaterial(subject, { platformCa: await issueIntelAuthority(vendor, 'platformCa', dates) })
  return [
    ...refusedWith('ERR_CERTIFICATE_EXPIRED', {
      'an expired PCK certificate': await withPck(past),
      'an expired CA': await withCa(past)
    }),
    ...refusedWith('ERR_CERTIFICATE_NOT_YET_VALID', {
      'a PCK certificate that is not valid yet': await withPck(future),
      'a CA that is not valid yet': await withCa(future)
    })
  ]
}

async function badIssuers(subject: Subject, now: Date): Promise<readonly BadEvidence[]> {
  const { vendor, platform } = subject.intel
  const forger = await fakeIntel({ vendor: 'forger', now })
  const { root, platformCa } = forger.vendor.keys
  const forgedCa = await issueIntelAuthority(vendor, 'platformCa', { ...validity(now, 1), signingKey: root })
  const forgedPck = await issuePck(vendor, platform, { ...validity(now, 1), signingKey: platformCa })
  const certification = pckChainData(pckChainOf(forger.material, platform))
  return [
    ...refusedWith('ERR_CERTIFICATE_ROOT', {
      'a whole chain forged under the same names': subject.intel.tdxEvidence(subject.reportData, {
        certification,
        endorsements: []
      })
    }),
    ...refusedWith('ERR_CERTIFICATE_SIGNATURE', {
      'a PCK certificate that another CA of the same name signed': withMaterial(subject, { pck: forgedPck }),
      'a CA that another root of the same name signed': withMaterial(subject, { platformCa: forgedCa })
    })
  ]
}

/** Authorities and leaves that may not do what they are used for. */
async function badUses(subject: Subject, now: Date): Promise<readonly BadEvidence[]> {
  const { vendor, platform } = subject.intel
  const unknown: Extension = { oid: '1.2.840.113741.1.99', critical: true, value: Uint8Array.of(5, 0) }
  const [authority, signing] = [basicConstraintsExtension(true, 0), keyUsageExtension('keyCertSign', 'cRLSign')]
  const withCa = async (...extensions: readonly Extension[]): Promise<Evidence> => {
    const template = { ...validity(now, 1), extensions }
    return withMaterial(subject, { platformCa: await issueIntelAuthority(vendor, 'platformCa', template) })
  }
  const extensions = [...pckExtensions(vendor, platform), unknown]
  const pck = await issuePck(vendor, platform, { ...validity(now, 1), extensions })
  return refusedWith('ERR_CERTIFICATE_USAGE', {
    'a CA that is none': await withCa(basicConstraintsExtension(false), signing),
    'a CA without basic constraints': await withCa(signing),
    'a CA that may not sign certificates': await withCa(authority, keyUsageExtension('cRLSign')),
    'a CA with an unknown critical extension': await withCa(authority, signing, unknown),
    'a PCK certificate with an unknown critical extension': withMaterial(subject, { pck })
  })
}

/** Certification data that carries no chain from one PCK certificate to the root. */
function badChains({ intel, reportData }: Subject): readonly BadEvidence[] {
  const { pck, platformCa, root } = intel.material.certificates
  const of = (chain: readonly Uint8Array[]): Evidence =>
    intel.tdxEvidence(reportData, { certification: pckChainData(chain) })
  const named = (type: number, length: number): Evidence =>
    intel.tdxEvidence(reportData, { certification: { type, data: new Uint8Array(length) } })
  return [
    ...refusedWith('ERR_CERTIFICATE_CHAIN', {
      'a chain without its PCK certificate': of([platformCa, root]),
      'a chain with two PCK certificates': of([pck, pck, platformCa, root])
    }),
    ...refusedWith('ERR_COLLATERAL_MISSING', {
      'a chain without its CA': of([pck, root]),
      'a platform named by its PPID alone': named(1, 36),
      'a platform named by its encrypted PPID alone': named(3, 404),
      'a platform with a manifest alone': named(7, 100)
    })
  ]
}

async function badRevocations(subject: Subject, now: Date): Promise<readonly BadEvidence[]> {
  const { intel, past, future } = subject
  const { vendor, platform } = intel
  const revoking = (serialNumber: Uint8Array) => ({
    ...validity(now, 1),
    revoked: [{ serialNumber, revocationDate: new Date(now.getTime() - day) }]
  })
  const withPckList = async (template: Parameters<typeof issueIntelCrl>[2]): Promise<Evidence> =>
    withMaterial(subject, {}, { platform: await issueIntelCrl(vendor, 'platformCa', template) })
  const withRevoked = async (role: 'platformCa' | 'tcbSigning'): Promise<Evidence> => {
    const root = await issueIntelCrl(vendor, 'root', revoking(authoritySerialOf(vendor, role)))
    return withMaterial(subject, {}, { root })
  }
  const forged = (await fakeIntel({ vendor: 'forger', now })).material.crls
  return [
    ...refusedWith('ERR_CERTIFICATE_REVOKED', {
      'a revoked platform': await withPckList(revoking(pckSerialOf(platform))),
      'a revoked CA': await withRevoked('platformCa'),
      'a revoked TCB signer': await withRevoked('tcbSigning')
    }),
    ...refusedWith('ERR_CRL_EXPIRED', {
      'an expired list of platforms': await withPckList(past),
      'a list of platforms from the future': await withPckList(future)
    }),
    ...refusedWith('ERR_CRL_ISSUER', {
      'a forged list of platforms': withMaterial(subject, {}, { platform: forged.platform }),
      'a forged list of authorities': withMaterial(subject, {}, { root: forged.root })
    }),
    ...refusedWith('ERR_COLLATERAL_MISSING', {
      'the list of the other CA': withMaterial(subject, {}, { platform: intel.material.crls.processor })
    })
  ]
}
