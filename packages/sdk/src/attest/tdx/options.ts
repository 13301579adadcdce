// Options that both TDX providers share.
import { expectBoolean, expectBytes } from '../../core/index.js'
import type { CollectRequest } from '../provider.js'

export interface TdxProviderOptions {
  /** Ship the firmware's event log with the evidence, where this process may read it. Default true. */
  readonly eventLog?: boolean
}

/** @throws UsageError ERR_USAGE_OPTION */
export function expectEventLog({ eventLog }: TdxProviderOptions): boolean {
  return expectBoolean(eventLog ?? true, 'eventLog')
}

/** A copy: the caller may change its own while the request waits. */
export function expectReportData(request: CollectRequest): Uint8Array {
  return expectBytes(request.reportData, 64, 'reportData').slice()
}
