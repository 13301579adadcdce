// How a family of evidence is recognised and named; each has one in evidence/x, listed in registry.ts.
import type { EvidenceKind } from './evidence.js'

export interface EvidenceFormat {
  readonly kind: EvidenceKind
  /** The media type that is written, then others that are read. */
  readonly mediaTypes: readonly [string, ...string[]]
  /** True for bytes that look like this family's and like no other's. They may still be malformed. */
  isLikely(bytes: Uint8Array): boolean
}
