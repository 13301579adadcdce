// What a TD report says, as JSON: names in camel case, bytes in hex.
import { toHex } from '../../core/index.js'
import { decodeTdAttributes, type Quote, type TdReport, type TdReportExtended } from '../../evidence/quote/index.js'
import type { Claims } from '../findings.js'
import { platformClaims } from '../intel/claims.js'
import type { PckExtension } from '../intel/pck-extension.js'

export function tdxClaims(quote: Quote, report: TdReport, extension?: PckExtension): Claims {
  const { debug, ...attributes } = decodeTdAttributes(report.tdAttributes)
  return {
    tee: 'tdx',
    mrTd: toHex(report.mrTd),
    rtmr: report.rtmr.map(toHex),
    reportData: toHex(report.reportData),
    debug,
    attributes: { raw: toHex(report.tdAttributes), ...attributes },
    xfam: toHex(report.xfam),
    mrConfigId: toHex(report.mrConfigId),
    mrOwner: toHex(report.mrOwner),
    mrOwnerConfig: toHex(report.mrOwnerConfig),
    teeTcbSvn: toHex(report.teeTcbSvn),
    mrSeam: toHex(report.mrSeam),
    mrSignerSeam: toHex(report.mrSignerSeam),
    seamAttributes: toHex(report.seamAttributes),
    ...(report.teeTcbSvn2 === undefined ? {} : { teeTcbSvn2: toHex(report.teeTcbSvn2) }),
    ...(report.mrServiceTd === undefined ? {} : { mrServiceTd: toHex(report.mrServiceTd) }),
    ...(report.extended === undefined ? {} : extendedClaims(report.extended)),
    ...platformClaims(quote, extension)
  }
}

function extendedClaims(extended: TdReportExtended): Claims {
  return {
    vmid: extended.vmid,
    tdId: toHex(extended.tdId),
    deviceInfo: toHex(extended.deviceInfo),
    migration: {
      initialServiceTdHash: toHex(extended.initialServiceTdHash),
      initialServiceTdAttributes: toHex(extended.initialServiceTdAttributes),
      initialCpuSvn: toHex(extended.initialCpuSvn),
      initialTeeTcbSvn: toHex(extended.initialTeeTcbSvn),
      initialFmspc: toHex(extended.initialFmspc),
      currentServiceTdHash: toHex(extended.currentServiceTdHash),
      currentServiceTdAttributes: toHex(extended.currentServiceTdAttributes)
    }
  }
}
