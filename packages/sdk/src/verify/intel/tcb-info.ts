// TCB info: Intel's rating of the versions of one platform family (FMSPC). Versions 2 (SGX) and 3 (SGX and TDX).
// Intel SGX and TDX Provisioning Certification Service API v3 and v4, "Get TCB Info".
import { toHex } from '../../core/index.js'
import { type JsonShape, malformed } from './json-shape.js'
import { maxLevels, parseRating, parseSvnLevel, type Rating, type SvnLevel } from './tcb-level.js'

export interface TcbLevel extends Rating {
  /** 16 component SVNs of the PCK certificate. */
  readonly sgxComponents: readonly number[]
  readonly pceSvn: number
  /** 16 component SVNs of TEE_TCB_SVN; TDX only. */
  readonly tdxComponents?: readonly number[]
}

/** Who must have signed the TDX module, and its attributes. */
export interface TdxModule {
  readonly mrSigner: Uint8Array
  readonly attributes: Uint8Array
  readonly attributesMask: Uint8Array
}

export interface TdxModuleIdentity extends TdxModule {
  /** `TDX_` and the major version in two hex digits, as published. */
  readonly id: string
  readonly levels: readonly SvnLevel[]
}

export interface TcbInfo {
  readonly version: 2 | 3
  readonly tee: 'sgx' | 'tdx'
  readonly issueDate: Date
  readonly nextUpdate: Date
  /** Hex in lower case. */
  readonly fmspc: string
  readonly pceId: string
  readonly tcbEvaluationDataNumber: number
  readonly tdxModule?: TdxModule
  readonly tdxModuleIdentities: readonly TdxModuleIdentity[]
  readonly levels: readonly TcbLevel[]
}

/** @throws EvidenceError ERR_COLLATERAL_FORMAT */
export function parseTcbInfo(info: JsonShape): TcbInfo {
  const version = info.integer('version', 65_535)
  if (version !== 2 && version !== 3) throw malformed(`${info.path}.version`, '2 or 3')
  const tee = version === 2 ? 'sgx' : parseTee(info)
  if (info.integer('tcbType', 65_535) !== 0) throw malformed(`${info.path}.tcbType`, '0')
  const parseLevel = version === 2 ? parseFlatLevel : (level: JsonShape) => parseComponentLevel(level, tee)
  const common = {
    version,
    tee,
    issueDate: info.date('issueDate'),
    nextUpdate: info.date('nextUpdate'),
    fmspc: toHex(info.bytes('fmspc', 6)),
    pceId: toHex(info.bytes('pceId', 2)),
    tcbEvaluationDataNumber: info.integer('tcbEvaluationDataNumber', 0xffff_ffff),
    levels: info.objects('tcbLevels', maxLevels).map(parseLevel)
  } as const
  if (tee === 'sgx') return { ...common, tdxModuleIdentities: [] }
  const identities = info.has('tdxModuleIdentities') ? info.objects('tdxModuleIdentities', 256) : []
  return {
    ...common,
    tdxModule: parseModule(info.object('tdxModule')),
    tdxModuleIdentities: identities.map(parseModuleIdentity)
  }
}

function parseTee(info: JsonShape): 'sgx' | 'tdx' {
  const id = info.string('id')
  if (id !== 'SGX' && id !== 'TDX') throw malformed(`${info.path}.id`, 'SGX or TDX')
  return id === 'SGX' ? 'sgx' : 'tdx'
}

/** Version 2 names each component: sgxtcbcomp01svn to sgxtcbcomp16svn. */
function parseFlatLevel(level: JsonShape): TcbLevel {
  const tcb = level.object('tcb')
  const sgxComponents = Array.from({ length: 16 }, (_, i) =>
    tcb.integer(`sgxtcbcomp${String(i + 1).padStart(2, '0')}svn`, 255)
  )
  return { sgxComponents, pceSvn: tcb.integer('pcesvn', 65_535), ...parseRating(level) }
}

function parseComponentLevel(level: JsonShape, tee: 'sgx' | 'tdx'): TcbLevel {
  const tcb = level.object('tcb')
  const sgx = {
    sgxComponents: parseComponents(tcb, 'sgxtcbcomponents'),
    pceSvn: tcb.integer('pcesvn', 65_535),
    ...parseRating(level)
  }
  return tee === 'sgx' ? sgx : { ...sgx, tdxComponents: parseComponents(tcb, 'tdxtcbcomponents') }
}

function parseComponents(tcb: JsonShape, name: string): number[] {
  return tcb.integersOf(name, 'svn', 16, 255)
}

function parseModule(module: JsonShape): TdxModule {
  return {
    mrSigner: module.bytes('mrsigner', 48),
    attributes: module.bytes('attributes', 8),
    attributesMask: module.bytes('attributesMask', 8)
  }
}

function parseModuleIdentity(identity: JsonShape): TdxModuleIdentity {
  const levels = identity.objects('tcbLevels', maxLevels).map(parseSvnLevel)
  return { id: identity.string('id'), ...parseModule(identity), levels }
}
