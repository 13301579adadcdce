// What a chain of Intel's hierarchy ends in: Intel's root, a root of the caller's, or that of a simulator.
import { equalBytes } from '../../core/index.js'
import { simulatorOrganization } from '../../evidence/index.js'
import { type Certificate, nameOf } from '../../x509/index.js'
import { intelRootSpki } from '../roots/intel.js'
import type { ExtraRoot } from '../verifier.js'

export interface Anchor {
  readonly kind: 'pinned' | 'extra' | 'simulated'
  readonly spki: Uint8Array
}

/** The anchor that `root` is, or undefined where nobody trusts its key. */
export function anchorOf(root: Certificate, extraRoots: readonly ExtraRoot[]): Anchor | undefined {
  const spki = root.spki
  if (equalBytes(spki, intelRootSpki)) return { kind: 'pinned', spki }
  if (extraRoots.some((extra) => extra.product === 'Intel' && equalBytes(extra.spki, spki)))
    return { kind: 'extra', spki }
  return nameOf(root, 'organizationName') === simulatorOrganization ? { kind: 'simulated', spki } : undefined
}
