// The TDREPORT that the simulated TDX module makes: encoder of what attest/tdx/tdreport.ts reads.
// Intel TDX Module ABI Specification, "TDREPORT_STRUCT".
import { createHash, createHmac } from 'node:crypto'
import { concatBytes, equalBytes } from '../../../core/index.js'
import type { TdReport } from '../../../evidence/quote/index.js'
import { deriveBytes } from './p256-key.js'
import type { IntelPlatform } from './platform.js'

/** 1024 bytes, with a MAC that only `platform` can check. */
export function encodeTdReportStruct(platform: IntelPlatform, td: TdReport): Uint8Array {
  const tcbInfo = encodeTcbInfo(td)
  const tdInfo = encodeTdInfo(td)
  const head = concatBytes(
    Uint8Array.of(0x81, 0, 0, 0),
    new Uint8Array(12),
    platform.cpuSvn,
    sha384(tcbInfo),
    sha384(tdInfo),
    td.reportData,
    new Uint8Array(32)
  )
  return concatBytes(head, macOf(platform, head), tcbInfo, new Uint8Array(17), tdInfo)
}

/** What the quoting enclave checks first: that the report was made by the machine that it runs on. */
export function isReportOf(platform: IntelPlatform, report: Uint8Array): boolean {
  return equalBytes(macOf(platform, report.subarray(0, 224)), report.subarray(224, 256))
}

function macOf(platform: IntelPlatform, head: Uint8Array): Uint8Array {
  const key = deriveBytes(platform.secret, 'report key', 32)
  return new Uint8Array(createHmac('sha256', key).update(head).digest())
}

/** 239 bytes. The bits at its head say which of the fields are valid. */
function encodeTcbInfo(td: TdReport): Uint8Array {
  const fields = concatBytes(Uint8Array.of(0xff, 1, 0, 0, 0, 0, 0, 0), td.teeTcbSvn, td.mrSeam, td.mrSignerSeam)
  const out = new Uint8Array(239)
  out.set(fields)
  out.set(td.seamAttributes, fields.length)
  if (td.teeTcbSvn2 !== undefined) out.set(td.teeTcbSvn2, fields.length + 8)
  return out
}

/** 512 bytes. */
function encodeTdInfo(td: TdReport): Uint8Array {
  const registers = [td.mrTd, td.mrConfigId, td.mrOwner, td.mrOwnerConfig, ...td.rtmr]
  const out = new Uint8Array(512)
  out.set(concatBytes(td.tdAttributes, td.xfam, ...registers, td.mrServiceTd ?? new Uint8Array(48)))
  return out
}

function sha384(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha384').update(bytes).digest())
}
