// What Intel's provisioning certification service, or a caching service (PCCS) in its place, has about a platform, as items of
// collateral. Intel SGX and TDX Provisioning Certification Service API v3 and v4: they differ in the version in their paths and in the
// name of one header.
import { concatBytes, EvidenceError, utf8 } from '../../core/index.js'
import { mediaTypes } from '../../evidence/index.js'
import { attributeOf, type Certificate } from '../../x509/index.js'
import { parseCertificates } from '../../x509/parse-certificates.js'
import { type Crl, parseCrl } from '../../x509/parse-crl.js'
import type { CollateralItem } from '../collateral/collateral.js'
import { sha256Hex } from '../memory.js'
import { derOfCrl } from './crl-encoding.js'
import type { PckCa } from './pck-chain.js'
import {
  parseSignedCollateral,
  type SignedCollateral,
  type SignedQeIdentity,
  type SignedTcbInfo
} from './signed-collateral.js'
import type { Validity } from './use.js'

export const pcsBaseUrl = 'https://api.trustedservices.intel.com'
const rootCrlBaseUrl = 'https://certificates.trustedservices.intel.com'

export type IntelTee = 'sgx' | 'tdx'

/** What was read, with the hex SHA-256 of the bytes that it was read from. */
export interface Digested<T> {
  readonly value: T
  readonly sha256: string
}

export const pcs: Pick<CollateralItem<unknown>, 'service' | 'baseUrl'> = { service: 'intel-pcs', baseUrl: pcsBaseUrl }
const json = ['application/json']
const crlTypes = ['application/pkix-crl', 'application/x-pem-file', 'application/octet-stream', 'text/plain']

/** Rating of the platform family `fmspc` (hex of 6 bytes in lower case). */
export function tcbInfoItem(tee: IntelTee, fmspc: string): CollateralItem<Digested<SignedTcbInfo>> {
  return {
    ...pcs,
    type: 'intel-tcb-info',
    key: `intel-tcb-info-${tee}-${fmspc}`,
    path: `/${tee}/certification/v4/tcb?fmspc=${fmspc.toUpperCase()}`,
    maxBytes: 262_144,
    mediaType: mediaTypes.intelCollateral,
    accept: json,
    pack: (body, header) => packSigned(body, header('TCB-Info-Issuer-Chain') ?? header('SGX-TCB-Info-Issuer-Chain')),
    parse: (bytes) => digested(bytes, requireTcbInfo(parseSignedCollateral(bytes), tee, fmspc)),
    validity: ({ value }) => validityOfSigned(value)
  }
}

/** Identity and rating of the quoting enclave of `tee`. */
export function qeIdentityItem(tee: IntelTee): CollateralItem<Digested<SignedQeIdentity>> {
  return {
    ...pcs,
    type: 'intel-qe-identity',
    key: `intel-qe-identity-${tee}`,
    path: `/${tee}/certification/v4/qe/identity`,
    maxBytes: 65_536,
    mediaType: mediaTypes.intelCollateral,
    accept: json,
    pack: (body, header) => packSigned(body, header('SGX-Enclave-Identity-Issuer-Chain')),
    parse: (bytes) => digested(bytes, requireQeIdentity(parseSignedCollateral(bytes), tee)),
    validity: ({ value }) => validityOfSigned(value)
  }
}

/** PCK certificates that `ca` has revoked. */
export function pckCrlItem(ca: PckCa): CollateralItem<Digested<Crl>> {
  return {
    ...pcs,
    ...crl,
    type: 'intel-pck-crl',
    key: `intel-pck-crl-${ca}`,
    path: pckCrlPath(ca),
    parse: (bytes) => digested(bytes, requireCrlOf(parseCrl(bytes), issuerNames[ca]))
  }
}

/** CAs and TCB signing keys that the root has revoked. */
export function rootCrlItem(): CollateralItem<Digested<Crl>> {
  return {
    ...crl,
    service: 'intel-root-crl',
    baseUrl: rootCrlBaseUrl,
    type: 'intel-root-crl',
    key: 'intel-root-crl',
    path: '/IntelSGXRootCA.der',
    parse: (bytes) => digested(bytes, requireCrlOf(parseCrl(bytes), issuerNames.root))
  }
}

/** CA and root above PCK certificates, which come beside the list: for quotes that carry the PCK certificate alone. */
export function pckIssuersItem(ca: PckCa): CollateralItem<readonly Certificate[]> {
  return {
    ...pcs,
    type: 'intel-pck-issuers',
    key: `intel-pck-issuers-${ca}`,
    path: pckCrlPath(ca),
    maxBytes: 1 << 20,
    accept: crlTypes,
    pack: (_, header) => decodeChain(header('SGX-PCK-CRL-Issuer-Chain') ?? ''),
    parse: parseCertificates,
    validity: validityOfCertificates
  }
}

const crl = {
  maxBytes: 4 << 20,
  accept: crlTypes,
  pack: derOfCrl,
  validity: ({ value }: Digested<Crl>) => validityOfCrl(value)
}

const issuerNames = {
  root: 'Intel SGX Root CA',
  platform: 'Intel SGX PCK Platform CA',
  processor: 'Intel SGX PCK Processor CA'
} as const

function requireCrlOf(found: Crl, name: string): Crl {
  if (attributeOf(found.issuer, 'commonName') === name) return found
  throw new EvidenceError('ERR_COLLATERAL_MISMATCH', `revocation list: expected one of ${name}`)
}

function pckCrlPath(ca: PckCa): string {
  return `/sgx/certification/v4/pckcrl?ca=${ca}&encoding=der`
}

async function digested<T>(bytes: Uint8Array, value: T): Promise<Digested<T>> {
  return { value, sha256: await sha256Hex(bytes) }
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

export function validityOfSigned({ value }: SignedCollateral): Validity {
  return { notBefore: value.issueDate, notAfter: value.nextUpdate }
}

export function validityOfCrl({ thisUpdate, nextUpdate }: Crl): Validity {
  return { notBefore: thisUpdate, notAfter: nextUpdate ?? thisUpdate }
}

export function validityOfCertificates(certificates: readonly Certificate[]): Validity {
  const starts = certificates.map(({ notBefore }) => notBefore.getTime())
  const ends = certificates.map(({ notAfter }) => notAfter.getTime())
  return { notBefore: new Date(Math.max(...starts)), notAfter: new Date(Math.min(...ends)) }
}

/** The issuer chain is a header, URL-encoded PEM. Without one the pinned signing key decides. */
function packSigned(body: Uint8Array, chain: string | null): Uint8Array {
  return chain === null ? body : concatBytes(decodeChain(chain), body)
}

export function decodeChain(header: string): Uint8Array {
  try {
    return utf8(`${decodeURIComponent(header).trimEnd()}\n`)
  } catch (cause) {
    throw new EvidenceError('ERR_ENCODING_PEM', 'issuer chain: not URL-encoded', { cause })
  }
}
