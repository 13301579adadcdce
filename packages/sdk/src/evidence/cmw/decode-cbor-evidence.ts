// Evidence with its endorsements out of one CMW in CBOR.
import type { Evidence } from '../evidence.js'
import { cmwFormatOf } from './cmw-format.js'
import { evidenceOfItems } from './evidence-of-items.js'
import { malformedCmw } from './item.js'
import { readCborCmw } from './read-cbor.js'

/**
 * As `decodeEvidence`, of the form in CBOR only.
 * @throws EvidenceError ERR_CMW_FORMAT, also for several pieces of evidence and for none, ERR_ENCODING_CBOR
 * @throws UnavailableError ERR_KIND_UNSUPPORTED for evidence of a media type that is not known
 */
export function decodeCborEvidence(bytes: Uint8Array): Evidence {
  if (cmwFormatOf(bytes) !== 'cbor') throw malformedCmw('expected a record or a collection in CBOR or JSON')
  return evidenceOfItems(readCborCmw(bytes))
}
