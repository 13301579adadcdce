// TCB info and QE identity of the fake Intel, with the members, the order and the spelling that Intel's service has.
// Intel SGX and TDX Provisioning Certification Service API v4, "Get TCB Info", "Get Enclave Identity".
import { type KeyObject, sign } from 'node:crypto'
import { concatBytes, toHex, utf8 } from '../../../core/index.js'
import { encodePem } from '../../../encoding/pem.js'
import type { Validity } from '../vendor.js'
import type { PlatformLevel, SvnLevel } from './levels.js'

export interface TcbInfoTemplate extends Validity {
  readonly tee: 'sgx' | 'tdx'
  readonly fmspc: Uint8Array
  readonly pceId: Uint8Array
  readonly evaluation: number
  readonly levels: readonly PlatformLevel[]
  /** TDX only: levels of module 1.x. */
  readonly moduleLevels: readonly SvnLevel[]
}

export interface QeIdentityTemplate extends Validity {
  readonly id: 'QE' | 'TD_QE'
  readonly evaluation: number
  readonly mrSigner: Uint8Array
  readonly isvProdId: number
  readonly levels: readonly SvnLevel[]
}

/** The body that the service answers with: the object, and the signature over its bytes. */
export function signTcbInfo(template: TcbInfoTemplate, key: KeyObject): Uint8Array {
  return signMember('tcbInfo', JSON.stringify(describeTcbInfo(template)), key)
}

/** As `signTcbInfo`. */
export function signQeIdentity(template: QeIdentityTemplate, key: KeyObject): Uint8Array {
  return signMember('enclaveIdentity', JSON.stringify(describeQeIdentity(template)), key)
}

/** As it is shipped and stored: the certificates of its signer, signer first, then the body as it was served. */
export function withIssuerChain(chain: readonly Uint8Array[], body: Uint8Array): Uint8Array {
  return concatBytes(encodeChain(chain), body)
}

/** PEM, one certificate after the other. */
export function encodeChain(chain: readonly Uint8Array[]): Uint8Array {
  return utf8(chain.map((der) => encodePem('CERTIFICATE', der)).join(''))
}

function signMember(name: string, json: string, key: KeyObject): Uint8Array {
  const signature = sign('sha256', utf8(json), { key, dsaEncoding: 'ieee-p1363' })
  return utf8(`{"${name}":${json},"signature":"${toHex(signature)}"}`)
}

function describeTcbInfo(template: TcbInfoTemplate): object {
  const { tee, levels } = template
  return {
    id: tee.toUpperCase(),
    version: 3,
    ...describeValidity(template),
    fmspc: toHex(template.fmspc),
    pceId: toHex(template.pceId),
    tcbType: 0,
    tcbEvaluationDataNumber: template.evaluation,
    ...(tee === 'tdx' ? describeModules(template) : {}),
    tcbLevels: levels.map(describePlatformLevel)
  }
}

/** Intel signs its modules with a key whose digest is written as zeros. */
const module = { mrsigner: '0'.repeat(96), attributes: '0'.repeat(16), attributesMask: 'F'.repeat(16) }

function describeModules({ moduleLevels }: TcbInfoTemplate): object {
  const identity = { id: 'TDX_01', ...module, tcbLevels: moduleLevels.map(describeSvnLevel) }
  return { tdxModule: module, tdxModuleIdentities: [identity] }
}

function describePlatformLevel({ sgxComponents, pceSvn, tdxComponents, ...rating }: PlatformLevel): object {
  const tdx = tdxComponents === undefined ? {} : { tdxtcbcomponents: tdxComponents.map(describeComponent) }
  return { tcb: { sgxtcbcomponents: sgxComponents.map(describeComponent), pcesvn: pceSvn, ...tdx }, ...rating }
}

function describeComponent(svn: number): object {
  return { svn }
}

function describeSvnLevel({ isvSvn, ...rating }: SvnLevel): object {
  return { tcb: { isvsvn: isvSvn }, ...rating }
}

function describeQeIdentity(template: QeIdentityTemplate): object {
  return {
    id: template.id,
    version: 2,
    ...describeValidity(template),
    tcbEvaluationDataNumber: template.evaluation,
    miscselect: '00000000',
    miscselectMask: 'FFFFFFFF',
    attributes: `11${'0'.repeat(30)}`,
    attributesMask: `FB${'F'.repeat(14)}${'0'.repeat(16)}`,
    mrsigner: upperHex(template.mrSigner),
    isvprodid: template.isvProdId,
    tcbLevels: template.levels.map(describeSvnLevel)
  }
}

function describeValidity({ notBefore, notAfter }: Validity): object {
  return { issueDate: toSeconds(notBefore), nextUpdate: toSeconds(notAfter) }
}

function toSeconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`
}

function upperHex(bytes: Uint8Array): string {
  return toHex(bytes).toUpperCase()
}
