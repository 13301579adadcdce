// What a policy can demand of an SGX enclave and its platform. JSON values; bytes as hex in lower case.
import { type PlatformRule, parsePlatformRule } from '../intel/platform-rule.js'
import { type AcceptedDigests, readDigests } from '../named-digest.js'
import type { PolicyReader } from '../policy/policy-reader.js'

/** Fields of identity are always there; the rest, where absent, is not restricted. Debug is refused unless `unsafeAcceptDebug`. */
export interface SgxRule extends PlatformRule {
  readonly kind: 'sgx'
  readonly mrEnclave: AcceptedDigests
  readonly mrSigner: AcceptedDigests
  readonly isvProdId: 'any' | number
  readonly minIsvSvn: number
  readonly unsafeAcceptDebug?: true
}

/** @throws UsageError ERR_USAGE_POLICY naming the path */
export function parseSgxRule(reader: PolicyReader): SgxRule {
  const debug = reader.optional('unsafeAcceptDebug')?.boolean() ?? false
  const prodId = reader.required('isvProdId')
  return {
    kind: 'sgx',
    mrEnclave: readDigests(reader.required('mrEnclave'), 32),
    mrSigner: readDigests(reader.required('mrSigner'), 32),
    isvProdId: prodId.is('any') ? 'any' : prodId.integer(0, 65_535),
    minIsvSvn: reader.required('minIsvSvn').integer(0, 65_535),
    ...(debug ? { unsafeAcceptDebug: true } : {}),
    ...parsePlatformRule(reader)
  }
}
