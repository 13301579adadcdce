// SNP reports in the registry of evidence.
import type { EvidenceFormat } from '../format.js'
import { mediaTypes } from '../media-types.js'

export const snpFormat: EvidenceFormat = {
  kind: 'snp',
  mediaTypes: [mediaTypes.snpReport, 'application/vnd.amd.sev.snp.attestation-report']
}
