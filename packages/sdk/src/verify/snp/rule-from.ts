// A rule that pins what an appraisal of SNP evidence saw.
import { UsageError } from '../../core/index.js'
import type { Appraisal } from '../appraisal.js'

/** As JSON, for `parsePolicy` to read. */
export function snpRuleFrom({ claims }: Appraisal): Record<string, unknown> {
  const { product, measurement, vmpl, reportedTcb } = claims
  if (typeof product !== 'string' || measurement === undefined) {
    throw new UsageError('ERR_USAGE_OPTION', 'appraisal: expected one of evidence that was authenticated')
  }
  return {
    kind: 'snp',
    measurement: [measurement],
    minTcb: { [product]: reportedTcb },
    product: [product],
    vmpl,
    guestPolicy: { debug: false, migrationAgent: false },
    chipId: 'any'
  }
}
