// A quote of TDX or SGX in words.
import { assertNever, isZero, toHex } from '../../core/index.js'
import {
  type Certification,
  decodeTdAttributes,
  isDebugEnclave,
  parseQuote,
  type SgxReport,
  type TdReport
} from '../../evidence/quote/index.js'
import { type Description, describe, type Remark } from './description.js'

/**
 * @param describePem of the certificates that the quote carries
 * @throws EvidenceError for a malformed quote
 */
export function describeQuote(bytes: Uint8Array, describePem: (pem: Uint8Array) => Description): Description {
  const { version, body, qe } = parseQuote(bytes)
  const by = {
    'quoting enclave': `SVN ${qe.report.isvSvn}, product ${qe.report.isvProdId}`,
    certification: certificationText(qe.certification)
  }
  const parts = qe.certification.kind === 'pem' ? [describePem(qe.certification.pem)] : []
  if (body.tee === 'tdx') {
    return describe('tdx-quote', `TDX quote, version ${version}`, {
      fields: { ...tdFields(body.report), ...by },
      remarks: tdRemarks(body.report),
      parts
    })
  }
  return describe('sgx-quote', `SGX quote, version ${version}`, {
    fields: { ...enclaveFields(body.report), ...by },
    remarks: [debugRemark(isDebugEnclave(body.report)), ...replayRemark(body.report.reportData)],
    parts
  })
}

function certificationText(certification: Certification): string {
  switch (certification.kind) {
    case 'pem':
      return `PCK certificate in the quote (type ${certification.type})`
    case 'ppid':
      return `names its platform only (type ${certification.type}): the PCK certificate must come from elsewhere`
    case 'manifest':
      return `platform manifest (type ${certification.type}): the PCK certificate must come from elsewhere`
    default:
      return assertNever(certification)
  }
}

function tdFields(report: TdReport): Record<string, string> {
  const registers = report.rtmr.map((value, i) => [`RTMR${i}`, toHex(value)])
  return {
    MRTD: toHex(report.mrTd),
    ...Object.fromEntries(registers),
    'report data': toHex(report.reportData),
    ...unlessZero('MRCONFIGID', report.mrConfigId),
    ...unlessZero('MROWNER', report.mrOwner),
    ...unlessZero('MROWNERCONFIG', report.mrOwnerConfig),
    attributes: toHex(report.tdAttributes),
    XFAM: toHex(report.xfam),
    MRSEAM: toHex(report.mrSeam),
    'TEE TCB SVN': toHex(report.teeTcbSvn),
    ...(report.extended === undefined ? {} : { 'TD id': toHex(report.extended.tdId) })
  }
}

function tdRemarks(report: TdReport): readonly Remark[] {
  const { debug, migratable } = decodeTdAttributes(report.tdAttributes)
  return [
    debugRemark(debug),
    migratable
      ? { tone: 'warn', text: 'migration is allowed: the TD may be moved, with its memory, to another machine' }
      : { tone: 'good', text: 'migration is not allowed' },
    ...vmidRemark(report.extended?.vmid ?? 0),
    ...replayRemark(report.reportData)
  ]
}

function vmidRemark(vmid: number): readonly Remark[] {
  if (vmid === 0) return []
  return [
    { tone: 'warn', text: `asked for by virtual machine ${vmid} inside of the TD: the registers do not measure it` }
  ]
}

function enclaveFields(report: SgxReport): Record<string, string> {
  return {
    MRENCLAVE: toHex(report.mrEnclave),
    MRSIGNER: toHex(report.mrSigner),
    'product id': String(report.isvProdId),
    SVN: String(report.isvSvn),
    'report data': toHex(report.reportData),
    attributes: toHex(report.attributes),
    'CPU SVN': toHex(report.cpuSvn)
  }
}

function debugRemark(debug: boolean): Remark {
  if (debug) return { tone: 'bad', text: 'debugging is on: the host may read and write its memory' }
  return { tone: 'good', text: 'debugging is off' }
}

function replayRemark(reportData: Uint8Array): readonly Remark[] {
  if (!isZero(reportData)) return []
  return [{ tone: 'warn', text: 'report data is zero: the quote is bound to nothing, and may be a replay' }]
}

function unlessZero(name: string, bytes: Uint8Array): Record<string, string> {
  return isZero(bytes) ? {} : { [name]: toHex(bytes) }
}
