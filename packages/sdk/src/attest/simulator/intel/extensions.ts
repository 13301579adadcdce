// Extensions of Intel's certificates beside those that decide anything (RFC 5280 §4.2.1).
import { utf8 } from '../../../core/index.js'
import { derExplicit, derImplicit, derOctetString, derSequence } from '../../../encoding/index.js'
import type { Extension } from '../../../x509/index.js'

export function authorityKeyExtension(keyId: Uint8Array): Extension {
  return { oid: '2.5.29.35', critical: false, value: derSequence(derImplicit(0, keyId)) }
}

export function subjectKeyExtension(keyId: Uint8Array): Extension {
  return { oid: '2.5.29.14', critical: false, value: derOctetString(keyId) }
}

/** One distribution point with one URL. */
export function crlPointExtension(url: string): Extension {
  const point = derSequence(derExplicit(0, derExplicit(0, derImplicit(6, utf8(url)))))
  return { oid: '2.5.29.31', critical: false, value: derSequence(point) }
}
