// Keys of the hierarchy, each imported once: an import costs as much as a verification.
import { crypto } from '#crypto'
import { toHex } from '../../core/index.js'
import type { KeyImporter } from '../../x509/index.js'
import type { Memory } from '../memory.js'

export function importOnce(memory: Memory): KeyImporter {
  return (spki) => memory.memo('intel-key', toHex(spki), () => crypto.importSpki(spki))
}
