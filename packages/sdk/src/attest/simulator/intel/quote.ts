// Quotes of the fake quoting enclaves: version 3 (SGX), 4 and 5 (SGX, TD 1.0, TD 1.5, TD 1.5 extended).
// Intel SGX ECDSA Quote Library Reference (DCAP), appendix A; Intel TDX DCAP Quoting Library API, appendix A.3.
import { createHash, type KeyObject, sign } from 'node:crypto'
import { concatBytes, fromHex, utf8 } from '../../../core/index.js'
import { encodePem } from '../../../encoding/pem.js'
import type { SgxReport } from '../../../evidence/quote/index.js'
import { spkiOf } from '../vendor.js'
import { encodeSgxReport, u16, u32 } from './reports.js'

/** Certification data: how the quote says which PCK certifies its enclave. Types 1 to 3 name it, 4 and 5 carry PEM. */
export interface CertificationData {
  readonly type: number
  readonly data: Uint8Array
}

export interface QuoteTemplate {
  readonly version: 3 | 4 | 5
  readonly tee: 'sgx' | 'tdx'
  /** 384, 584, 648 or 885 bytes. */
  readonly body: Uint8Array
  /** Everything but its report data. */
  readonly qeReport: Omit<SgxReport, 'reportData'>
  readonly authData: Uint8Array
  readonly certification: CertificationData
}

export interface QuoteKeys {
  readonly attestationKey: KeyObject
  readonly pck: KeyObject
}

/** A signed quote, without padding. */
export function signQuote(template: QuoteTemplate, { attestationKey, pck }: QuoteKeys): Uint8Array {
  const signedBytes = concatBytes(encodeHeader(template), encodeBodyPrefix(template), template.body)
  const point = spkiOf(attestationKey).slice(-64)
  const qeReport = encodeSgxReport({ ...template.qeReport, reportData: bindKey(point, template.authData) })
  const qe = concatBytes(
    qeReport,
    signP1363(qeReport, pck),
    u16(template.authData.length),
    template.authData,
    encodeCertification(template.certification)
  )
  const wrapped = template.version === 3 ? qe : encodeCertification({ type: 6, data: qe })
  const signatureData = concatBytes(signP1363(signedBytes, attestationKey), point, wrapped)
  return concatBytes(signedBytes, u32(signatureData.length), signatureData)
}

/** The chain as PEM with the NUL that most of Intel's quotes end in, or in another order and without. */
export function pckChainData(chain: readonly Uint8Array[], terminator = '\0'): CertificationData {
  return { type: 5, data: utf8(`${chain.map((der) => encodePem('CERTIFICATE', der)).join('')}${terminator}`) }
}

/** SHA-256(attestation key ‖ authentication data), then zeros. */
function bindKey(point: Uint8Array, authData: Uint8Array): Uint8Array {
  const digest = new Uint8Array(createHash('sha256').update(point).update(authData).digest())
  return concatBytes(digest, new Uint8Array(32))
}

const intelQeVendorId = fromHex('939a7233f79c4ca9940a0db3957f0607')
const ecdsaP256 = 2

function encodeHeader({ version, tee, qeReport }: QuoteTemplate): Uint8Array {
  const versions = version === 3 ? [u16(qeReport.isvSvn), u16(13)] : [u16(0), u16(0)]
  const teeType = tee === 'tdx' ? 0x81 : 0
  return concatBytes(u16(version), u16(ecdsaP256), u32(teeType), ...versions, intelQeVendorId, new Uint8Array(20))
}

/** Version 5 says what its body is; the others leave it to the TEE type. */
function encodeBodyPrefix({ version, tee, body }: QuoteTemplate): Uint8Array {
  if (version !== 5) return new Uint8Array(0)
  const type = tee === 'sgx' ? 1 : tdBodyTypes[body.length]
  return concatBytes(u16(type ?? 0), u32(body.length))
}

/** By length of the body. */
const tdBodyTypes: Readonly<Record<number, number>> = { 584: 2, 648: 3, 885: 4 }

function encodeCertification({ type, data }: CertificationData): Uint8Array {
  return concatBytes(u16(type), u32(data.length), data)
}

function signP1363(bytes: Uint8Array, key: KeyObject): Uint8Array {
  return new Uint8Array(sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }))
}
