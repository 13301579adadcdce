// What the runner needs to know about one kind of evidence. A new kind is one file in kinds/ and one line in kinds/index.ts.
import type { Appraisal } from '@tresor/sdk/verify'
import type { ConformanceCase } from './case.js'

export interface ConformanceKind {
  /** As `kind` in the conformance file. */
  readonly name: string
  /** Verifies without network, with nothing but what the case gives. Throws coded errors. */
  authenticate(testCase: ConformanceCase, bytes: Uint8Array): Promise<Appraisal>
  /** Decodes without verifying: the claims in the names and forms of the conformance file. Throws coded errors. */
  decode(testCase: ConformanceCase): Readonly<Record<string, unknown>>
  /** The claims of a verdict, in the names and forms of the conformance file. */
  claimsOf(appraisal: Appraisal): Readonly<Record<string, unknown>>
  /** Where fields end, in bytes: the mutation pass truncates at each. */
  readonly boundaries: readonly number[]
}
