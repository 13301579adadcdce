// The families of evidence, one line each: how raw bytes are recognised, and under which media type they travel.
import type { EvidenceKind } from './evidence.js'
import { snpFormat } from './snp/index.js'

export interface EvidenceFormat {
  readonly kind: EvidenceKind
  /** The media type that is written, then others that are read. */
  readonly mediaTypes: readonly [string, ...string[]]
  /** True for bytes that look like this family's and like no other's. They may still be malformed. */
  isLikely(bytes: Uint8Array): boolean
}

export const evidenceFormats: readonly EvidenceFormat[] = [snpFormat]

export function formatOfMediaType(mediaType: string): EvidenceFormat | undefined {
  return evidenceFormats.find((format) => format.mediaTypes.includes(mediaType))
}

export function formatOfKind(kind: EvidenceKind): EvidenceFormat | undefined {
  return evidenceFormats.find((format) => format.kind === kind)
}
