// Options that all SNP providers share.
import { expectBytes, expectInteger, expectOptions } from '../../core/index.js'
import type { CollectRequest } from '../provider.js'

export interface SnpProviderOptions {
  /** The level to ask for, 0 to 3, not below the one that this guest runs at. Default: configfs-tsm the lowest that it admits, the device 0. */
  readonly vmpl?: number
}

/** @throws UsageError ERR_USAGE_OPTION */
export function expectVmpl(options: SnpProviderOptions, name: string): number | undefined {
  const { vmpl } = expectOptions(options, ['vmpl'], name)
  return vmpl === undefined ? undefined : expectInteger(vmpl, [0, 3], 'vmpl')
}

/** A copy: the caller may change its own while the request waits. */
export function expectReportData(request: CollectRequest): Uint8Array {
  return expectBytes(request.reportData, 64, 'reportData').slice()
}
