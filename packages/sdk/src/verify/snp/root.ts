// Which root key signed an intermediate: a pinned one, one that the caller trusts too, or the simulator's.
import { EvidenceError, equalBytes, TresorError } from '../../core/index.js'
import { type SnpProduct, simulatorOrganization } from '../../evidence/index.js'
import { nameOf } from '../../x509/index.js'
import { type Known, sha256Hex, verifySignedBy } from '../memory.js'
import { loadAmdRoot, spkiOfRoot } from '../roots/amd.js'
import type { VerificationContext } from '../verifier.js'
import type { Candidate } from './candidate.js'

export interface SnpRoot {
  readonly kind: 'pinned' | 'extra' | 'simulator'
  readonly spki: Uint8Array
  /** Hex SHA-256 of the key. */
  readonly keyId: string
  readonly notBefore?: string
  readonly notAfter?: string
  /** The certificate around the key, where one is at hand. */
  readonly certificate?: Candidate
}

/**
 * The root whose key signed `ask`.
 * @throws EvidenceError ERR_CERTIFICATE_ROOT where another root was shipped, ERR_CERTIFICATE_SIGNATURE where none was
 */
export async function findRoot(
  ask: Candidate,
  product: SnpProduct,
  arks: readonly Candidate[],
  context: VerificationContext
): Promise<SnpRoot> {
  const trusted = await trustedRoots(product, arks, context)
  for (const root of trusted) if (await isSignedBy(ask, root, context)) return root
  const simulator = await findSimulator(ask, product, arks, context)
  if (simulator !== undefined) return simulator
  if (arks.length === 0 || trusted.some(({ certificate }) => certificate !== undefined)) {
    throw new EvidenceError(
      'ERR_CERTIFICATE_SIGNATURE',
      `AMD chain: the intermediate is not signed with the ARK of ${product}`
    )
  }
  throw new EvidenceError('ERR_CERTIFICATE_ROOT', `AMD chain: the root is not the pinned ARK of ${product}`)
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

async function findSimulator(
  ask: Candidate,
  product: SnpProduct,
  arks: readonly Candidate[],
  context: VerificationContext
): Promise<SnpRoot | undefined> {
  for (const certificate of [ask, ...arks].every(isSimulated) ? arks : []) {
    const { spki } = certificate.certificate
    const root: SnpRoot = { kind: 'simulator', spki, keyId: await sha256Hex(spki), certificate }
    if (nameOf(certificate.certificate, 'commonName') !== `ARK-${product}`) continue
    if (await isSignedBy(ask, root, context)) return root
  }
  return undefined
}

function isSimulated({ certificate }: Known): boolean {
  return nameOf(certificate, 'organizationName') === simulatorOrganization
}

async function isSignedBy(ask: Candidate, root: SnpRoot, context: VerificationContext): Promise<boolean> {
  try {
    await verifySignedBy(ask, root, context.memory)
    return true
  } catch (error) {
    if (TresorError.is(error) && error.code === 'ERR_CERTIFICATE_SIGNATURE') return false
    throw error
  }
}
