// Keys of the hierarchy, each imported once: an import costs as much as a verification.
import { crypto } from '#crypto'
import { equalBytes, onDemand, toHex } from '../../core/index.js'
import type { KeyImporter } from '../../x509/index.js'
import type { Memory } from '../memory.js'
import { intelRootSpki } from '../roots/intel.js'

/** The pinned key is the same for every caller: it is imported with the first quote, whatever memory that came with. */
const importRoot = onDemand(async () => crypto.importSpki(intelRootSpki))

export function importOnce(memory: Memory): KeyImporter {
  return (spki) =>
    equalBytes(spki, intelRootSpki)
      ? importRoot()
      : memory.memo('intel-key', toHex(spki), () => crypto.importSpki(spki))
}
