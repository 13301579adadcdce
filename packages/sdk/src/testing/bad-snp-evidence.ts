// Evidence that must be refused, one reason each: the siblings of what a fake vendor's platform gives.
import {
  authoritySerial,
  describeReport,
  issueAuthority,
  signReport,
  validity,
  vcekExtensions,
  vcekOf
} from '../attest/simulator/index.js'
import { concatBytes } from '../core/index.js'
import { type Endorsement, type Evidence, mediaTypes, snpSignatureOffset } from '../evidence/index.js'
import { basicConstraintsExtension, type Extension, keyUsageExtension } from '../x509/index.js'
import type { BadEvidence } from './bad-evidence.js'
import { type FakeAmd, fakeAmd, shortChipId } from './fake-amd.js'

const day = 86_400_000

/** All cases, over `reportData`, for a verifier that trusts `amd.root` at a time when `amd` is valid. */
export async function badSnpEvidence(amd: FakeAmd, reportData: Uint8Array, now: Date): Promise<readonly BadEvidence[]> {
  return [
    ...badBytes(amd, reportData),
    ...badSignatures(amd, reportData),
    ...(await badLeaves(amd, reportData)),
    ...(await badValidities(amd, reportData, now)),
    ...(await badIssuers(amd, reportData, now)),
    ...(await badUses(amd, reportData, now))
  ]
}

function badBytes(amd: FakeAmd, reportData: Uint8Array): readonly BadEvidence[] {
  const good = amd.evidence(reportData)
  const change = (offset: number, value: number): Evidence => ({ ...good, bytes: good.bytes.with(offset, value) })
  return [
    { name: 'a truncated report', code: 'ERR_EVIDENCE_FORMAT', evidence: { ...good, bytes: good.bytes.slice(0, -1) } },
    {
      name: 'a report with a byte behind it',
      code: 'ERR_EVIDENCE_FORMAT',
      evidence: { ...good, bytes: concatBytes(good.bytes, Uint8Array.of(0)) }
    },
    { name: 'a report of version 1', code: 'ERR_EVIDENCE_VERSION', evidence: change(0, 1) },
    { name: 'another signature algorithm', code: 'ERR_EVIDENCE_FORMAT', evidence: change(0x34, 2) },
    { name: 'a reserved byte in use', code: 'ERR_EVIDENCE_FORMAT', evidence: change(0x4c, 1) },
    { name: 'a report that the host asked for', code: 'ERR_EVIDENCE_FORMAT', evidence: change(0x33, 0xff) },
    {
      name: 'a signature with upper bytes in use',
      code: 'ERR_EVIDENCE_FORMAT',
      evidence: change(snpSignatureOffset + 48, 1)
    }
  ]
}

function badSignatures(amd: FakeAmd, reportData: Uint8Array): readonly BadEvidence[] {
  const good = amd.evidence(reportData)
  const fields = describeReport(amd.chip, amd.guest, { reportData, vmpl: amd.guest.vmpl })
  const strange = vcekOf({ ...amd.chip, secret: new Uint8Array(32) }, amd.guest.tcb)
  const altered = good.bytes.with(0x90, (good.bytes[0x90] ?? 0) ^ 1)
  return [
    { name: 'an altered measurement', code: 'ERR_EVIDENCE_SIGNATURE', evidence: { ...good, bytes: altered } },
    {
      name: 'r and s swapped',
      code: 'ERR_EVIDENCE_SIGNATURE',
      evidence: { ...good, bytes: swapSignature(good.bytes) }
    },
    { name: 'no signature', code: 'ERR_EVIDENCE_SIGNATURE', evidence: { ...good, bytes: clearSignature(good.bytes) } },
    {
      name: 'the signature of another chip',
      code: 'ERR_EVIDENCE_SIGNATURE',
      evidence: { ...good, bytes: signReport(fields, strange) }
    }
  ]
}

async function badLeaves(amd: FakeAmd, reportData: Uint8Array): Promise<readonly BadEvidence[]> {
  const { chip, guest } = amd
  const otherTcb = guest.tcb.with(7, (guest.tcb[7] ?? 0) - 1)
  const otherChip = new Uint8Array(chip.product === 'Turin' ? 8 : 64).fill(5)
  const otherProduct = vcekExtensions(
    chip.product === 'Milan' ? 'Genoa' : 'Milan',
    new Uint8Array(64),
    new Uint8Array(8)
  )
  const withLeaf = (leaf: Uint8Array): Evidence => withCertificates(amd, reportData, { leaf })
  return [
    {
      name: 'a VCEK of another TCB',
      code: 'ERR_EVIDENCE_KEY',
      evidence: withLeaf(await amd.issueVcek({ tcb: otherTcb }))
    },
    {
      name: 'a VCEK of another chip',
      code: 'ERR_EVIDENCE_KEY',
      evidence: withLeaf(await amd.issueVcek({ chipId: otherChip }))
    },
    {
      name: 'a VCEK of another product',
      code: 'ERR_EVIDENCE_PRODUCT',
      evidence: withLeaf(await amd.issueVcek({ extensions: otherProduct }))
    },
    {
      name: 'a VCEK without extensions',
      code: 'ERR_CERTIFICATE_FORMAT',
      evidence: withLeaf(await amd.issueVcek({ extensions: [] }))
    }
  ]
}

async function badValidities(amd: FakeAmd, reportData: Uint8Array, now: Date): Promise<readonly BadEvidence[]> {
  const past = { notBefore: new Date(now.getTime() - 2 * day), notAfter: new Date(now.getTime() - day) }
  const future = { notBefore: new Date(now.getTime() + day), notAfter: new Date(now.getTime() + 2 * day) }
  const [old, early] = [await amd.issueAuthorities(past), await amd.issueAuthorities(future)]
  const of = (parts: Partial<Parts>): Evidence => withCertificates(amd, reportData, parts)
  return [
    { name: 'an expired VCEK', code: 'ERR_CERTIFICATE_EXPIRED', evidence: of({ leaf: await amd.issueVcek(past) }) },
    {
      name: 'a VCEK that is not valid yet',
      code: 'ERR_CERTIFICATE_NOT_YET_VALID',
      evidence: of({ leaf: await amd.issueVcek(future) })
    },
    { name: 'an expired ASK', code: 'ERR_CERTIFICATE_EXPIRED', evidence: of({ ask: old.ask }) },
    { name: 'an ASK that is not valid yet', code: 'ERR_CERTIFICATE_NOT_YET_VALID', evidence: of({ ask: early.ask }) },
    { name: 'an expired CRL', code: 'ERR_CRL_EXPIRED', evidence: of({ crl: await amd.issueCrl([], past) }) }
  ]
}

async function badIssuers(amd: FakeAmd, reportData: Uint8Array, now: Date): Promise<readonly BadEvidence[]> {
  const { product } = amd.guest
  const forger = await fakeAmd({ vendor: 'forger', guest: { product }, now })
  const revoked = [{ serialNumber: authoritySerial(product, 'ask'), revocationDate: new Date(now.getTime() - day) }]
  const of = (parts: Partial<Parts>): Evidence => withCertificates(amd, reportData, parts)
  return [
    {
      name: 'a whole chain forged under the same names',
      code: 'ERR_CERTIFICATE_ROOT',
      evidence: of(forger.certificates)
    },
    {
      name: 'a forged VCEK below the genuine ASK',
      code: 'ERR_CERTIFICATE_SIGNATURE',
      evidence: of({ leaf: await forger.issueVcek() })
    },
    { name: 'a revoked ASK', code: 'ERR_CERTIFICATE_REVOKED', evidence: of({ crl: await amd.issueCrl(revoked) }) },
    { name: 'a forged CRL', code: 'ERR_CRL_ISSUER', evidence: of({ crl: forger.certificates.crl }) }
  ]
}

/** Authorities and leaves that may not do what they are used for. */
async function badUses(amd: FakeAmd, reportData: Uint8Array, now: Date): Promise<readonly BadEvidence[]> {
  const { product } = amd.guest
  const code = 'ERR_CERTIFICATE_USAGE'
  const unknown: Extension = { oid: '1.3.6.1.4.1.3704.9.9', critical: true, value: Uint8Array.of(5, 0) }
  const [ca, sign] = [basicConstraintsExtension(true, 0), keyUsageExtension('keyCertSign')]
  const withAsk = async (...extensions: readonly Extension[]): Promise<Evidence> =>
    withCertificates(amd, reportData, {
      ask: await issueAuthority(amd.vendor, 'ask', { ...validity(now, 1), extensions })
    })
  const leaf = await amd.issueVcek({
    extensions: [...vcekExtensions(product, shortChipId(amd.chip), amd.guest.tcb), unknown]
  })
  return [
    { name: 'an ASK that is no authority', code, evidence: await withAsk(basicConstraintsExtension(false), sign) },
    { name: 'an ASK without basic constraints', code, evidence: await withAsk(sign) },
    { name: 'an ASK that may not sign certificates', code, evidence: await withAsk(ca, keyUsageExtension('cRLSign')) },
    { name: 'an ASK with an unknown critical extension', code, evidence: await withAsk(ca, sign, unknown) },
    {
      name: 'a VCEK with an unknown critical extension',
      code,
      evidence: withCertificates(amd, reportData, { leaf })
    }
  ]
}

interface Parts {
  readonly leaf: Uint8Array
  readonly ask: Uint8Array
  readonly ark: Uint8Array
  readonly crl: Uint8Array
}

/** The good evidence with some of its endorsements replaced. */
function withCertificates(amd: FakeAmd, reportData: Uint8Array, parts: Partial<Parts>): Evidence {
  const { leaf, ask, ark, crl } = { ...amd.certificates, ...parts }
  const certificates = [leaf, ask, ark].map((bytes): Endorsement => ({ mediaType: mediaTypes.certificate, bytes }))
  return amd.evidence(reportData, {
    endorsements: [...certificates, { mediaType: mediaTypes.certificateList, bytes: crl }]
  })
}

function swapSignature(report: Uint8Array): Uint8Array {
  const [r, s] = [
    report.slice(snpSignatureOffset, snpSignatureOffset + 72),
    report.slice(snpSignatureOffset + 72, snpSignatureOffset + 144)
  ]
  return concatBytes(report.slice(0, snpSignatureOffset), s, r, report.slice(snpSignatureOffset + 144))
}

function clearSignature(report: Uint8Array): Uint8Array {
  return concatBytes(report.slice(0, snpSignatureOffset), new Uint8Array(512))
}
