// The simulated machine: one TD on one platform of one vendor, and its quotes.
import { type Endorsement, mediaTypes } from '../../../evidence/index.js'
import type { TdReport } from '../../../evidence/quote/index.js'
import { encodeEventLog, extended, type Rtmrs } from './event-log.js'
import { type IntelMaterial, intelEndorsements, pckChainOf } from './material.js'
import { pckKeyOf } from './pck.js'
import type { IntelPlatform } from './platform.js'
import { pckChainData, signQuote } from './quote.js'
import { attestationKeyOf, qeReportOf } from './quoting-enclave.js'
import { encodeTdReport } from './reports.js'
import { describeTd, type SimulatedTd } from './td.js'

export interface TdPlatform {
  readonly rtmrs: Rtmrs
  extendRtmr(index: 2 | 3, digest: Uint8Array): void
  /** A signed quote of this TD over 64 bytes. */
  quote(reportData: Uint8Array): Uint8Array
  /** TCB info, QE identity, lists, event log. */
  readonly endorsements: readonly Endorsement[]
}

export function createTdPlatform(platform: IntelPlatform, td: SimulatedTd, material: IntelMaterial): TdPlatform {
  let rtmrs = td.bootRtmrs
  return {
    get rtmrs() {
      return rtmrs
    },
    extendRtmr: (index, digest) => {
      const value = extended(rtmrs[index], digest)
      rtmrs = index === 2 ? [rtmrs[0], rtmrs[1], value, rtmrs[3]] : [rtmrs[0], rtmrs[1], rtmrs[2], value]
    },
    quote: (reportData) => signTdQuote(platform, td, material, describeTd(td, rtmrs, reportData)),
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
