// What Intel's provisioning certification service, or a caching service (PCCS) in its place, has about a platform, as items of
// collateral. Intel SGX and TDX Provisioning Certification Service API v4.
import { concatBytes, EvidenceError, fromHex, isHex, utf8 } from '../../core/index.js'
import { decodeUtf8, encodePem, isPem, parsePem } from '../../encoding/index.js'
import { type Certificate, type Crl, parseCertificate, parseCrl } from '../../x509/index.js'
import type { CollateralItem } from '../collateral/collateral.js'
import type { PckCa } from './pck-chain.js'
import {
  parseSignedCollateral,
  type SignedCollateral,
  type SignedQeIdentity,
  type SignedTcbInfo
} from './signed-collateral.js'

export const pcsBaseUrl = 'https://api.trustedservices.intel.com'
export const rootCrlBaseUrl = 'https://certificates.trustedservices.intel.com'

export type IntelTee = 'sgx' | 'tdx'

/** A list with the certificates of its issuer. */
export interface CrlWithIssuers {
  readonly crl: Crl
  readonly issuers: readonly Certificate[]
}

const pcs = { service: 'intel-pcs', baseUrl: pcsBaseUrl } as const
const json = ['application/json']
const crlTypes = ['application/pkix-crl', 'application/x-pem-file', 'application/octet-stream', 'text/plain']

/** Rating of the platform family `fmspc` (hex of 6 bytes). */
export function tcbInfoItem(tee: IntelTee, fmspc: string): CollateralItem<SignedTcbInfo> {
  return {
    ...pcs,
    type: 'intel-tcb-info',
    key: `intel-tcb-info-${tee}-${fmspc}`,
    path: `/${tee}/certification/v4/tcb?fmspc=${fmspc.toUpperCase()}`,
    maxBytes: 262_144,
    accept: json,
    pack: (body, header) => packSigned(body, header('TCB-Info-Issuer-Chain') ?? header('SGX-TCB-Info-Issuer-Chain')),
    parse: (bytes) => requireTcbInfo(parseSignedCollateral(bytes), tee, fmspc),
    validity: validityOf
  }
}

/** Identity and rating of the quoting enclave of `tee`. */
export function qeIdentityItem(tee: IntelTee): CollateralItem<SignedQeIdentity> {
  return {
    ...pcs,
    type: 'intel-qe-identity',
    key: `intel-qe-identity-${tee}`,
    path: `/${tee}/certification/v4/qe/identity`,
    maxBytes: 65_536,
    accept: json,
    pack: (body, header) => packSigned(body, header('SGX-Enclave-Identity-Issuer-Chain')),
    parse: (bytes) => requireQeIdentity(parseSignedCollateral(bytes), tee),
    validity: validityOf
  }
}

/** PCK certificates that `ca` has revoked. */
export function pckCrlItem(ca: PckCa): CollateralItem<CrlWithIssuers> {
  return {
    ...pcs,
    type: 'intel-pck-crl',
    key: `intel-pck-crl-${ca}`,
    path: `/sgx/certification/v4/pckcrl?ca=${ca}&encoding=der`,
    maxBytes: 4 << 20,
    accept: crlTypes,
    pack: (body, header) => packCrl(body, header('SGX-PCK-CRL-Issuer-Chain')),
    parse: parseCrlWithIssuers,
    validity: ({ crl }) => validityOfCrl(crl)
  }
}

/** CAs and TCB signing keys that the root has revoked. */
export function rootCrlItem(): CollateralItem<CrlWithIssuers> {
  return {
    service: 'intel-root-crl',
    baseUrl: rootCrlBaseUrl,
    type: 'intel-root-crl',
    key: 'intel-root-crl',
    path: '/IntelSGXRootCA.der',
    maxBytes: 1 << 20,
    accept: crlTypes,
    pack: (body) => packCrl(body, null),
    parse: parseCrlWithIssuers,
    validity: ({ crl }) => validityOfCrl(crl)
  }
}

function requireTcbInfo(found: SignedCollateral, tee: IntelTee, fmspc: string): SignedTcbInfo {
  if (found.kind === 'tcb-info' && found.value.tee === tee && found.value.fmspc === fmspc) return found
  throw new EvidenceError('ERR_COLLATERAL_MISMATCH', `TCB info: expected ${tee} and FMSPC ${fmspc}`)
}

function requireQeIdentity(found: SignedCollateral, tee: IntelTee): SignedQeIdentity {
  if (found.kind === 'qe-identity' && found.value.id === qeIdOf(tee)) return found
  throw new EvidenceError('ERR_COLLATERAL_MISMATCH', `QE identity: expected ${qeIdOf(tee)}`)
}

/** The id of the quoting enclave that signs for a TEE. */
export function qeIdOf(tee: IntelTee): 'QE' | 'TD_QE' {
  return tee === 'sgx' ? 'QE' : 'TD_QE'
}

function validityOf({ value }: SignedCollateral): { readonly notBefore: Date; readonly notAfter: Date } {
  return { notBefore: value.issueDate, notAfter: value.nextUpdate }
}

export function validityOfCrl(crl: Crl): { readonly notBefore: Date; readonly notAfter: Date } {
  return { notBefore: crl.thisUpdate, notAfter: crl.nextUpdate ?? crl.thisUpdate }
}

/** The issuer chain is a header, URL-encoded PEM. Without one the pinned signing key decides. */
function packSigned(body: Uint8Array, chain: string | null): Uint8Array {
  return chain === null ? body : concatBytes(decodeChain(chain), body)
}

function packCrl(body: Uint8Array, chain: string | null): Uint8Array {
  const list = utf8(encodePem('X509 CRL', derOfCrl(body)))
  return chain === null ? list : concatBytes(decodeChain(chain), list)
}

function decodeChain(header: string): Uint8Array {
  try {
    return utf8(`${decodeURIComponent(header).trimEnd()}\n`)
  } catch (cause) {
    throw new EvidenceError('ERR_ENCODING_PEM', 'issuer chain: not URL-encoded', { cause })
  }
}

/** DER, PEM, or the hex of DER that some caching services answer with. */
function derOfCrl(body: Uint8Array): Uint8Array {
  if (isPem(body)) return onlyBlock(parsePem(body, 'X509 CRL').map(({ bytes }) => bytes))
  const text = decodeUtf8(body)?.trim()
  return text !== undefined && text !== '' && isHex(text) ? fromHex(text) : body
}

function onlyBlock(blocks: readonly Uint8Array[]): Uint8Array {
  const [block, ...rest] = blocks
  if (block === undefined || rest.length > 0) throw new EvidenceError('ERR_CRL_FORMAT', 'revocation list: expected one')
  return block
}

/** Certificates of issuers, then one list, in PEM; or the DER of a list. */
export function parseCrlWithIssuers(bytes: Uint8Array): CrlWithIssuers {
  if (!isPem(bytes)) return { crl: parseCrl(derOfCrl(bytes)), issuers: [] }
  const blocks = parsePem(bytes)
  const list = onlyBlock(blocks.filter(({ label }) => label === 'X509 CRL').map((block) => block.bytes))
  const issuers = blocks.filter(({ label }) => label === 'CERTIFICATE').map((block) => parseCertificate(block.bytes))
  return { crl: parseCrl(list), issuers }
}
