// AMD root keys (ARK), pinned by value, one file for each product: nothing compresses a key, and a verification needs one. The
// certificates around the keys are hints like any other. A test holds each key against its SHA-256.
import { onDemand } from '../../core/index.js'
import type { SnpProduct } from '../../evidence/index.js'
import type { AmdRoot } from './amd-root.js'

const loaders: Readonly<Record<SnpProduct, () => Promise<AmdRoot>>> = {
  Milan: onDemand(async () => (await import('./amd-milan.js')).amdMilanRoot),
  Genoa: onDemand(async () => (await import('./amd-genoa.js')).amdGenoaRoot),
  Turin: onDemand(async () => (await import('./amd-turin.js')).amdTurinRoot)
}

/**
 * The pinned root of a product.
 * @throws UnavailableError ERR_PART_MISSING
 */
export function loadAmdRoot(product: SnpProduct): Promise<AmdRoot> {
  return loaders[product]()
}

/** DER SubjectPublicKeyInfo of a root. The text is ours: it needs no strict reader. */
export function spkiOfRoot({ spki }: Pick<AmdRoot, 'spki'>): Uint8Array {
  const text = atob(spki)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}
