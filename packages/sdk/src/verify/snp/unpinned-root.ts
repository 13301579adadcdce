// A root that nobody pinned: the simulator's, or none.
import { EvidenceError } from '../../core/index.js'
import { simulatorOrganization } from '../../evidence/index.js'
import { nameOf } from '../../x509/index.js'
import { isSignedBy, type Known, type Memory, sha256Hex } from '../memory.js'
import type { ChainParts, SnpRoot } from './chain-parts.js'

type Above = Pick<ChainParts, 'leaf' | 'ask' | 'arks'>

/**
 * The simulator's root, where it signed the intermediate and no trusted one did.
 * @throws EvidenceError ERR_CERTIFICATE_ROOT where another root was shipped, ERR_CERTIFICATE_SIGNATURE where none was
 */
export async function findUnpinnedRoot(
  { leaf, ask, arks }: Above,
  trusted: readonly SnpRoot[],
  memory: Memory
): Promise<SnpRoot> {
  const { product } = leaf.leaf
  for (const certificate of [ask, ...arks].every(isSimulated) ? arks : []) {
    const { spki } = certificate.certificate
    const root: SnpRoot = { kind: 'simulator', spki, keyId: await sha256Hex(spki), certificate }
    if (nameOf(certificate.certificate, 'commonName') !== `ARK-${product}`) continue
    if (await isSignedBy(ask, root, memory)) return root
  }
  if (arks.length > 0 && !trusted.some(({ certificate }) => certificate !== undefined)) {
    throw new EvidenceError('ERR_CERTIFICATE_ROOT', `AMD chain: the root is not the pinned ARK of ${product}`)
  }
  const message = `AMD chain: the intermediate is not signed with the ARK of ${product}`
  throw new EvidenceError('ERR_CERTIFICATE_SIGNATURE', message)
}

function isSimulated({ certificate }: Known): boolean {
  return nameOf(certificate, 'organizationName') === simulatorOrganization
}
