// SNP reports in the registry of evidence.
import type { EvidenceFormat } from '../format.js'
import { mediaTypes } from '../media-types.js'
import { snpReportBytes } from './report.js'

export const snpFormat: EvidenceFormat = {
  kind: 'snp',
  mediaTypes: [mediaTypes.snpReport, 'application/vnd.amd.sev.snp.attestation-report'],
  isLikely: (bytes) => bytes.length === snpReportBytes && isSmallNumber(bytes.subarray(0, 4))
}

/** The version: a number in little endian order. */
function isSmallNumber([low = 0, ...rest]: Uint8Array): boolean {
  return low > 0 && low < 0x20 && rest.every((byte) => byte === 0)
}
