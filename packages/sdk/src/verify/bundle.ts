// Completes evidence with what a verifier would have to fetch, so that it can decide without any vendor's service.
import { equalBytes, expectOptions, UsageError } from '../core/index.js'
import { type Endorsement, type Evidence, identify, mediaTypes } from '../evidence/index.js'
import { authenticate } from './authenticate.js'
import type { Collateral } from './collateral/collateral.js'
import { type CallOptions, type CommonOptions, callKeys, commonKeys, evidenceOf, flagOf } from './options.js'

export interface BundleOptions extends CommonOptions, CallOptions {
  /** Where what is missing comes from. */
  readonly collateral: Collateral
  /** Takes evidence of the simulator, for which no service has anything. For tests. */
  readonly allowSimulator?: boolean
}

/**
 * Verifies evidence the way that a stranger would, and adds what had to be found for it: certificates, revocation lists, TCB info and
 * identities. What the evidence carries already stays as it is, and so does the evidence itself.
 *
 * @param evidence a CMW, or evidence that is already taken apart
 * @throws what `authenticate` throws: what does not verify is not worth completing
 * @throws UsageError ERR_USAGE_OPTION
 * @example
 * const complete = encodeEvidence(await bundle(await attest(tee, { nonce }), { collateral }))
 */
export async function bundle(evidence: Uint8Array | Evidence, options: BundleOptions): Promise<Evidence> {
  expectOptions(options, [...commonKeys, ...callKeys, 'allowSimulator'], 'bundle')
  if (options.collateral === undefined) throw new UsageError('ERR_USAGE_OPTION', 'bundle: expected a collateral')
  const allowSimulator = flagOf(options.allowSimulator, 'allowSimulator')
  const own = await evidenceOf(evidence)
  const found: Endorsement[] = options.collateral.given.map(endorsementOf)
  const collateral = recorder(options.collateral, found)
  await authenticate(own, { ...options, collateral, allowSimulator, requireCrl: !allowSimulator })
  return { ...own, endorsements: withoutRepeats([...own.endorsements, ...found]) }
}

function recorder(collateral: Collateral, found: Endorsement[]): Collateral {
  return {
    given: collateral.given,
    memo: (_scope, _key, make) => make(), // what is remembered would not be asked for
    get: async (item, lookup) => {
      const result = await collateral.get(item, lookup)
      const { bytes } = result
      found.push(item.mediaType === undefined ? endorsementOf(bytes) : { mediaType: item.mediaType, bytes })
      return result
    }
  }
}

/** What it looks like. Verifiers go by the bytes; the type is for those who only carry them. */
function endorsementOf(bytes: Uint8Array): Endorsement {
  if (endsAsJson(bytes)) return { mediaType: mediaTypes.intelCollateral, bytes }
  const what = identify(bytes)?.what
  if (what === 'pem') return { mediaType: mediaTypes.certificateChain, bytes }
  if (what === 'certificate-list') return { mediaType: mediaTypes.certificateList, bytes }
  return { mediaType: mediaTypes.certificate, bytes }
}

/** Signed JSON of Intel, also behind its issuer chain. */
function endsAsJson(bytes: Uint8Array): boolean {
  const end = bytes.findLastIndex((byte) => byte > 0x20)
  return bytes[end] === 0x7d && (bytes[0] === 0x7b || bytes[0] === 0x2d)
}

function withoutRepeats(endorsements: readonly Endorsement[]): readonly Endorsement[] {
  return endorsements.filter(
    (endorsement, i) => endorsements.findIndex((other) => equalBytes(other.bytes, endorsement.bytes)) === i
  )
}
