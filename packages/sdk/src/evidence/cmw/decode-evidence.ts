// Evidence with its endorsements out of one CMW, in either form. A door of its own: a page that meets no JSON need not load what reads it.
import type { Evidence } from '../evidence.js'
import { cmwFormatOf } from './cmw-format.js'
import { decodeCborEvidence } from './decode-cbor-evidence.js'
import { evidenceOfItems } from './evidence-of-items.js'
import { readJsonCmw } from './read-json.js'

/**
 * Reads a CMW. Endorsements are kept as they are, also those of unknown media types: they are hints.
 * @throws EvidenceError ERR_CMW_FORMAT, also for several pieces of evidence and for none, ERR_ENCODING_CBOR, ERR_ENCODING_JSON,
 * ERR_ENCODING_BASE64
 * @throws UnavailableError ERR_KIND_UNSUPPORTED for evidence of a media type that is not known
 */
export function decodeEvidence(bytes: Uint8Array): Evidence {
  return cmwFormatOf(bytes) === 'json' ? evidenceOfItems(readJsonCmw(bytes)) : decodeCborEvidence(bytes)
}
