// TCB info and QE identity of Intel in words.
import { toHex } from '../../core/index.js'
import {
  parseSignedCollateral,
  type SignedCollateral,
  type SignedQeIdentity,
  type SignedTcbInfo
} from '../../verify/node/index.js'
import { describeCertificate } from './certificate.js'
import { type Description, describe } from './description.js'
import { validityRemark } from './validity.js'

type TcbInfo = SignedTcbInfo['value']
type QeIdentity = SignedQeIdentity['value']
type Module = TcbInfo['tdxModuleIdentities'][number]
type Level = Pick<TcbInfo['levels'][number], 'status' | 'tcbDate' | 'advisories'>

/** @throws EvidenceError */
export function describeSignedCollateral(bytes: Uint8Array, now: Date): Description {
  const collateral = parseSignedCollateral(bytes)
  const { issueDate, nextUpdate } = collateral.value
  const said = sayOf(collateral)
  return describe(collateral.kind, said.title, {
    fields: { ...said.fields, ...commonFields(collateral), ...said.levels },
    remarks: validityRemark(issueDate, nextUpdate, now),
    parts: [...said.parts, ...collateral.issuerChain.map(({ der }) => describeCertificate(der, now))]
  })
}

interface Said {
  readonly title: string
  readonly fields: Readonly<Record<string, string>>
  readonly levels: Readonly<Record<string, string>>
  readonly parts: readonly Description[]
}

function sayOf(collateral: SignedCollateral): Said {
  return collateral.kind === 'tcb-info' ? sayOfTcbInfo(collateral.value) : sayOfQeIdentity(collateral.value)
}

function sayOfTcbInfo(info: TcbInfo): Said {
  return {
    title: `TCB info of ${info.tee.toUpperCase()}, FMSPC ${info.fmspc}`,
    fields: { version: String(info.version), 'PCE id': info.pceId, ...moduleFields(info.tdxModule) },
    levels: levelFields(info.levels, platformText),
    parts: info.tdxModuleIdentities.map(describeModule)
  }
}

function sayOfQeIdentity(identity: QeIdentity): Said {
  return {
    title: `identity of the enclave ${identity.id}`,
    fields: {
      MRSIGNER: toHex(identity.mrSigner),
      'product id': String(identity.isvProdId),
      attributes: `${toHex(identity.attributes)} under mask ${toHex(identity.attributesMask)}`
    },
    levels: levelFields(identity.levels, ({ isvSvn }) => `SVN ${isvSvn}`),
    parts: []
  }
}

function commonFields({ value, issuerChain }: SignedCollateral): Record<string, string> {
  return {
    evaluation: String(value.tcbEvaluationDataNumber),
    issued: value.issueDate.toISOString(),
    'next update': value.nextUpdate.toISOString(),
    'issuer chain': issuerChain.length === 0 ? 'not in the file' : `${issuerChain.length} certificates`
  }
}

function moduleFields(module: TcbInfo['tdxModule']): Record<string, string> {
  return module === undefined ? {} : { 'TDX module': `MRSIGNERSEAM ${toHex(module.mrSigner)}` }
}

function describeModule(module: Module): Description {
  return describe('tdx-module-identity', `TDX module ${module.id}`, {
    fields: { ...moduleFields(module), ...levelFields(module.levels, ({ isvSvn }) => `SVN ${isvSvn}`) }
  })
}

function levelFields<L extends Level>(levels: readonly L[], versions: (level: L) => string): Record<string, string> {
  return Object.fromEntries(levels.map((level, i) => [`level ${i + 1}`, levelText(level, versions(level))]))
}

function platformText({ sgxComponents, pceSvn, tdxComponents }: TcbInfo['levels'][number]): string {
  const tdx = tdxComponents === undefined ? '' : `, TDX ${tdxComponents.join(' ')}`
  return `SGX ${sgxComponents.join(' ')}, PCE ${pceSvn}${tdx}`
}

function levelText({ status, tcbDate, advisories }: Level, versions: string): string {
  const known = advisories.length === 0 ? '' : `; ${advisories.join(', ')}`
  return `${status} of ${tcbDate.toISOString().slice(0, 10)}: ${versions}${known}`
}
