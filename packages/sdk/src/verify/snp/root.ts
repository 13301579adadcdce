// Which root key signed an intermediate: a pinned one, one that the caller trusts too, or neither.
import { equalBytes } from '../../core/index.js'
import type { SnpProduct } from '../../evidence/index.js'
import { loadExtras } from '../load-extras.js'
import { isSignedBy, sha256Hex } from '../memory.js'
import { loadAmdRoot, spkiOfRoot } from '../roots/amd.js'
import type { VerificationContext } from '../verifier.js'
import type { Candidate } from './candidate.js'
import type { ChainParts, SnpRoot } from './chain-parts.js'

/**
 * The root whose key signed `ask`.
 * @throws EvidenceError ERR_CERTIFICATE_ROOT where another root was shipped, ERR_CERTIFICATE_SIGNATURE where none was
 */
export async function findRoot(parts: ChainParts, context: VerificationContext): Promise<SnpRoot> {
  const { leaf, ask, arks } = parts
  const trusted = await trustedRoots(leaf.leaf.product, arks, context)
  for (const root of trusted) if (await isSignedBy(ask, root, context.memory)) return root
  return (await loadExtras()).findUnpinnedRoot(parts, trusted, context.memory)
}

/** Those whose certificate was shipped come first. */
async function trustedRoots(
  product: SnpProduct,
  arks: readonly Candidate[],
  context: VerificationContext
): Promise<readonly SnpRoot[]> {
  const { sha256: keyId, notBefore, notAfter, ...pinned } = await loadAmdRoot(product)
  const spki = await context.memory.memo('amd-root', keyId, () => spkiOfRoot(pinned))
  const roots: SnpRoot[] = [{ kind: 'pinned', spki, keyId, notBefore, notAfter }]
  for (const { product: named, spki } of context.extraRoots) {
    if (named === product) roots.push({ kind: 'extra', spki, keyId: await sha256Hex(spki) })
  }
  return roots.map((root) => withCertificate(root, arks, context.now)).sort(certifiedFirst)
}

function withCertificate(root: SnpRoot, arks: readonly Candidate[], now: Date): SnpRoot {
  const same = arks.filter(({ certificate }) => equalBytes(certificate.spki, root.spki))
  const certificate =
    same.find(({ certificate }) => certificate.notBefore <= now && now <= certificate.notAfter) ?? same[0]
  return certificate === undefined ? root : { ...root, certificate }
}

function certifiedFirst(a: SnpRoot, b: SnpRoot): number {
  return Number(b.certificate !== undefined) - Number(a.certificate !== undefined)
}
