// A rule that pins what an appraisal of SGX evidence saw.
import { UsageError } from '../../core/index.js'
import type { Appraisal } from '../appraisal.js'
import { platformRuleFrom } from '../intel/platform-rule-from.js'

export function sgxRuleFrom(appraisal: Appraisal): Record<string, unknown> {
  const { mrEnclave, mrSigner, isvProdId, isvSvn } = appraisal.claims
  if (typeof mrEnclave !== 'string') {
    throw new UsageError('ERR_USAGE_OPTION', 'appraisal: expected one of evidence that was authenticated')
  }
  return {
    kind: 'sgx',
    mrEnclave: [mrEnclave],
    mrSigner: [mrSigner],
    isvProdId,
    minIsvSvn: isvSvn,
    ...platformRuleFrom(appraisal)
  }
}
