// What SNP reports look like.
import { snpReportBytes } from './report.js'

export function isLikelySnp(bytes: Uint8Array): boolean {
  return bytes.length === snpReportBytes && isSmallNumber(bytes.subarray(0, 4))
}

/** The version: a number in little endian order. */
function isSmallNumber([low = 0, ...rest]: Uint8Array): boolean {
  return low > 0 && low < 0x20 && rest.every((byte) => byte === 0)
}
