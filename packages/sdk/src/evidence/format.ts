// How a family of evidence is named; each has one in evidence/x, listed in registry.ts.
import type { EvidenceKind } from './evidence.js'

export interface EvidenceFormat {
  readonly kind: EvidenceKind
  /** The media type that is written, then others that are read. */
  readonly mediaTypes: readonly [string, ...string[]]
}
