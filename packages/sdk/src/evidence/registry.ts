// The families of evidence, one line each.
import type { EvidenceKind } from './evidence.js'
import type { EvidenceFormat } from './format.js'
import { sgxFormat, tdxFormat } from './quote/format.js'
import { snpFormat } from './snp/index.js'

export const evidenceFormats: readonly EvidenceFormat[] = [snpFormat, tdxFormat, sgxFormat]

export function formatOfMediaType(mediaType: string): EvidenceFormat | undefined {
  return evidenceFormats.find((format) => format.mediaTypes.includes(mediaType))
}

export function formatOfKind(kind: EvidenceKind): EvidenceFormat | undefined {
  return evidenceFormats.find((format) => format.kind === kind)
}
