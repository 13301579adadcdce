// What bytes of unknown origin look like, by their first bytes: for files that a person hands over. Decides nothing else.
import { EvidenceError } from '../core/index.js'
import { DerReader } from '../encoding/index.js'
import { isPem } from '../encoding/pem.js'
import { cmwFormatOf } from './cmw/cmw-format.js'
import type { EvidenceKind } from './evidence.js'
import { evidenceFormats } from './registry.js'
import { parseSnpCertificateTable } from './snp/certificate-table.js'

export type Identified =
  | { readonly what: 'evidence'; readonly kind: EvidenceKind }
  | { readonly what: 'cmw'; readonly format: 'cbor' | 'json' }
  | { readonly what: 'certificate' | 'certificate-list' | 'pem' | 'snp-certificate-table' }

/** Undefined for anything that is not known. What is identified may still be malformed. */
export function identify(bytes: Uint8Array): Identified | undefined {
  const format = evidenceFormats.find((candidate) => candidate.isLikely(bytes))
  if (format !== undefined) return { what: 'evidence', kind: format.kind }
  if (isPem(bytes)) return { what: 'pem' }
  if (bytes[0] === 0x30) return identifyDer(bytes)
  if (isCertificateTable(bytes)) return { what: 'snp-certificate-table' }
  const cmw = cmwFormatOf(bytes)
  return cmw === undefined ? undefined : { what: 'cmw', format: cmw }
}

/** A certificate of version 3 starts with its version in [0], a list does not. */
function identifyDer(bytes: Uint8Array): Identified | undefined {
  try {
    const signed = DerReader.over(bytes, 'DER', { maxBytes: 4 << 20 })
      .sequence('outer')
      .sequence('signed part')
    return { what: signed.isNext(0xa0) ? 'certificate' : 'certificate-list' }
  } catch (error) {
    if (error instanceof EvidenceError) return undefined
    throw error
  }
}

function isCertificateTable(bytes: Uint8Array): boolean {
  try {
    return parseSnpCertificateTable(bytes).some(({ name }) => name !== undefined)
  } catch (error) {
    if (error instanceof EvidenceError) return false
    throw error
  }
}
