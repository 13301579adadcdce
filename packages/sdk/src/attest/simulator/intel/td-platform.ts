// The simulated machine: one TD on one platform of one vendor. Answers what TDX module and quote generation service answer.
import type { Endorsement } from '../../../evidence/index.js'
import { mediaTypes } from '../../../evidence/index.js'
import type { TdReport } from '../../../evidence/quote/index.js'
import { encodeEventLog, extended, type Rtmrs } from './event-log.js'
import { type IntelMaterial, intelEndorsements, pckChainOf } from './material.js'
import { pckKeyOf } from './pck.js'
import type { IntelPlatform } from './platform.js'
import { pckChainData, signQuote } from './quote.js'
import { attestationKeyOf, qeReportOf } from './quoting-enclave.js'
import { encodeTdReport } from './reports.js'
import { describeTd, type SimulatedTd } from './td.js'
import { encodeTdReportStruct } from './td-report-struct.js'

export interface TdPlatform {
  readonly rtmrs: Rtmrs
  extendRtmr(index: 2 | 3, digest: Uint8Array): void
  /** A signed quote of this TD over 64 bytes. */
  quote(reportData: Uint8Array): Uint8Array
  /** The TDREPORT over 64 bytes. */
  tdReport(reportData: Uint8Array): Uint8Array
  /** TCB info, QE identity, lists, event log. */
  readonly endorsements: readonly Endorsement[]
}

export function createTdPlatform(platform: IntelPlatform, td: SimulatedTd, material: IntelMaterial): TdPlatform {
  let rtmrs = td.bootRtmrs
  const reportOf = (reportData: Uint8Array): TdReport => describeTd(td, rtmrs, reportData)
  return {
    get rtmrs() {
      return rtmrs
    },
    extendRtmr: (index, digest) => {
      rtmrs = rtmrs.with(index, extended(rtmrs[index], digest)) as unknown as Rtmrs // as many as before
    },
    quote: (reportData) => signTdQuote(platform, td, material, reportOf(reportData)),
    tdReport: (reportData) => encodeTdReportStruct(platform, reportOf(reportData)),
    endorsements: [
      ...intelEndorsements(material, platform, 'tdx'),
      { mediaType: mediaTypes.eventLog, bytes: encodeEventLog(td.events) }
    ]
  }
}

function signTdQuote(platform: IntelPlatform, td: SimulatedTd, material: IntelMaterial, report: TdReport): Uint8Array {
  const template = {
    version: td.version,
    tee: 'tdx',
    body: encodeTdReport(report),
    qeReport: qeReportOf('tdx', platform),
    authData: Uint8Array.from({ length: 32 }, (_, i) => i),
    certification: pckChainData(pckChainOf(material, platform))
  } as const
  return signQuote(template, { attestationKey: attestationKeyOf(platform, 'tdx'), pck: pckKeyOf(platform) })
}
