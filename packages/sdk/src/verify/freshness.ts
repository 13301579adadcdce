// What the evidence must have been made for. Exactly one way to say it, and no way to leave it out.
import { crypto } from '#crypto'
import { copyBytes, expectBytes, UsageError } from '../core/index.js'
import { encodeAttestBinding } from '../evidence/index.js'

/** The nonce that this caller sent to `attest`, and the claims that `attest` was given, where there were any. */
export interface NonceFreshness {
  readonly nonce: Uint8Array
  readonly claims?: Uint8Array
}

/** The 64 bytes of report data themselves, for protocols with a binding of their own. */
export interface ReportDataFreshness {
  readonly reportData: Uint8Array
}

export type Freshness = NonceFreshness | ReportDataFreshness

export const freshnessKeys = ['nonce', 'claims', 'reportData'] as const

/**
 * Checks the options and gives the report data that the evidence must hold.
 * @throws UsageError ERR_USAGE_OPTION
 */
export function expectFreshness(options: Partial<NonceFreshness & ReportDataFreshness>): () => Promise<Uint8Array> {
  const { nonce, claims, reportData } = options
  if ((nonce === undefined) === (reportData === undefined)) {
    throw new UsageError('ERR_USAGE_OPTION', 'verify: expected exactly one of nonce and reportData')
  }
  if (reportData !== undefined) return expectReportData(reportData, claims)
  const binding = encodeAttestBinding(
    expectBytes(nonce, [16, 1024], 'nonce'),
    claims === undefined ? undefined : expectBytes(claims, [0, 65_536], 'claims')
  )
  return async () => crypto.hash('sha512', binding)
}

function expectReportData(reportData: Uint8Array, claims: Uint8Array | undefined): () => Promise<Uint8Array> {
  if (claims !== undefined) throw new UsageError('ERR_USAGE_OPTION', 'claims: bound only together with a nonce')
  const expected = copyBytes(expectBytes(reportData, 64, 'reportData'))
  return async () => expected
}
