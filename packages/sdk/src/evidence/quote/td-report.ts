// The TD report body of a quote: TD 1.0 (584 bytes), TD 1.5 (648 bytes) and TD 1.5 extended (885 bytes).
// Intel TDX DCAP Quoting Library API, revision 0.9, appendix A.3.2 "TD Quote Body"; Intel DCAP 1.25, sgx_quote_5.h, body type 4.
import { isZero, Reader } from '../../core/index.js'

export const tdReport10Length = 584
export const tdReport15Length = 648
export const tdReport15ExLength = 885

/** What the TDX module measured about a TD. Registers are SHA-384 digests of 48 bytes. */
export interface TdReport {
  readonly teeTcbSvn: Uint8Array
  readonly mrSeam: Uint8Array
  readonly mrSignerSeam: Uint8Array
  readonly seamAttributes: Uint8Array
  readonly tdAttributes: Uint8Array
  readonly xfam: Uint8Array
  readonly mrTd: Uint8Array
  readonly mrConfigId: Uint8Array
  readonly mrOwner: Uint8Array
  readonly mrOwnerConfig: Uint8Array
  readonly rtmr: readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
  readonly reportData: Uint8Array
  /** TD 1.5 only: the SVNs that the module has now, after an update without relaunch, and the service TD. */
  readonly teeTcbSvn2?: Uint8Array
  readonly mrServiceTd?: Uint8Array
  readonly extended?: TdReportExtended
}

/** TD 1.5 extended: which virtual machine of a partitioned TD asked, which launch of the TD this is, and where the TD has been. */
export interface TdReportExtended {
  /** 0: the TD itself; 1 to 3: a virtual machine inside, which the TD's own measurements do not cover. */
  readonly vmid: number
  /** 32 random bytes of the launch, kept over migration and updates of the module; zeros where the host did not ask for one. */
  readonly tdId: Uint8Array
  readonly deviceInfo: Uint8Array
  readonly initialServiceTdHash: Uint8Array
  readonly initialServiceTdAttributes: Uint8Array
  readonly initialCpuSvn: Uint8Array
  readonly initialTeeTcbSvn: Uint8Array
  readonly initialFmspc: Uint8Array
  readonly currentServiceTdHash: Uint8Array
  readonly currentServiceTdAttributes: Uint8Array
}

/** @throws EvidenceError ERR_EVIDENCE_FORMAT unless `bytes` has one of the three lengths */
export function parseTdReport(bytes: Uint8Array): TdReport {
  const reader = new Reader(bytes, 'TD report')
  const report = parseTdReport10(reader)
  if (bytes.length === tdReport10Length) return report
  const report15 = {
    ...report,
    teeTcbSvn2: reader.bytes(16, 'teeTcbSvn2'),
    mrServiceTd: reader.bytes(48, 'mrServiceTd')
  }
  if (bytes.length === tdReport15Length) return report15
  const extended = parseExtended(reader)
  reader.end()
  return { ...report15, extended }
}

function parseExtended(reader: Reader): TdReportExtended {
  return {
    vmid: reader.u8('vmid'),
    tdId: reader.bytes(32, 'tdId'),
    deviceInfo: reader.bytes(48, 'deviceInfo'),
    initialServiceTdHash: reader.bytes(48, 'initialServiceTdHash'),
    initialServiceTdAttributes: reader.bytes(8, 'initialServiceTdAttributes'),
    initialCpuSvn: reader.bytes(16, 'initialCpuSvn'),
    initialTeeTcbSvn: reader.bytes(16, 'initialTeeTcbSvn'),
    initialFmspc: reader.bytes(12, 'initialFmspc'),
    currentServiceTdHash: reader.bytes(48, 'currentServiceTdHash'),
    currentServiceTdAttributes: reader.bytes(8, 'currentServiceTdAttributes')
  }
}

function parseTdReport10(reader: Reader): TdReport {
  const register = (field: string) => reader.bytes(48, field)
  return {
    teeTcbSvn: reader.bytes(16, 'teeTcbSvn'),
    mrSeam: register('mrSeam'),
    mrSignerSeam: register('mrSignerSeam'),
    seamAttributes: reader.bytes(8, 'seamAttributes'),
    tdAttributes: reader.bytes(8, 'tdAttributes'),
    xfam: reader.bytes(8, 'xfam'),
    mrTd: register('mrTd'),
    mrConfigId: register('mrConfigId'),
    mrOwner: register('mrOwner'),
    mrOwnerConfig: register('mrOwnerConfig'),
    rtmr: [register('rtmr0'), register('rtmr1'), register('rtmr2'), register('rtmr3')],
    reportData: reader.bytes(64, 'reportData')
  }
}

/** Bits of TDATTRIBUTES that have a name (Intel TDX Module Base Architecture, "ATTRIBUTES"). */
export interface TdAttributes {
  /** The whole low byte is TUD, "TD under debug": any bit makes the TD untrusted. */
  readonly debug: boolean
  readonly septVeDisable: boolean
  readonly migratable: boolean
  readonly protectionKeys: boolean
  readonly keyLocker: boolean
  readonly performanceMonitoring: boolean
}

/** Decodes the 8 bytes of TDATTRIBUTES. */
export function decodeTdAttributes(attributes: Uint8Array): TdAttributes {
  const has = (bit: number) => ((attributes[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0
  return {
    debug: !isZero(attributes.subarray(0, 1)),
    septVeDisable: has(28),
    migratable: has(29),
    protectionKeys: has(30),
    keyLocker: has(31),
    performanceMonitoring: has(63)
  }
}
