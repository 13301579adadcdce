// What our verifier says to a question that the judge in go/ gets too.
import { TresorError } from '../../../packages/sdk/src/core/index.js'
import {
  authenticate,
  type Collateral,
  createCollateral,
  type ExtraRoot
} from '../../../packages/sdk/src/verify/index.js'
import { parseCertificate } from '../../../packages/sdk/src/x509/index.js'
import type { Judgement, Question } from './go-sev.js'

/** @param chain intermediates, roots and lists that may be used, DER or PEM; absent: those of the question's root */
export async function ourVerdict(
  { report, certificates, now, root }: Question,
  chain: readonly Uint8Array[] = root === undefined ? [] : [root.ask, root.asvk, root.ark]
): Promise<Judgement> {
  const endorsements = certificates.map((bytes) => ({ mediaType: 'application/pkix-cert', bytes }))
  const collateral = collateralOf(chain)
  try {
    await authenticate(
      { kind: 'snp', bytes: report, endorsements },
      { now, collateral, unsafeExtraRoots: rootsOf(root) }
    )
    return { genuine: true, reason: '' }
  } catch (error) {
    if (!TresorError.is(error)) throw error
    return { genuine: false, reason: `${error.code}: ${error.message}` }
  }
}

const engines = new Map<string, Collateral>()

/** One engine for each chain: it remembers what does not depend on the question. */
function collateralOf(chain: readonly Uint8Array[]): Collateral {
  const key = chain.map((bytes) => Buffer.from(bytes).toString('base64')).join()
  const engine = engines.get(key) ?? createCollateral({ given: chain, offline: true })
  engines.set(key, engine)
  return engine
}

function rootsOf(root: Question['root']): readonly ExtraRoot[] {
  return root === undefined ? [] : [{ product: root.product, spki: parseCertificate(root.ark).spki }]
}
