// The forms in which services answer with a revocation list.
import { EvidenceError, fromHex, isHex } from '../../core/index.js'
import { decodeUtf8 } from '../../encoding/index.js'
import { isPem, parsePem } from '../../encoding/pem.js'

/** DER from DER, from one block of PEM, or from the hex that some caching services answer with. Reads no further. */
export function derOfCrl(body: Uint8Array): Uint8Array {
  if (isPem(body)) return onlyBlock(body)
  if (body[0] === 0x30) return body // a SEQUENCE; hex of one begins with the digit 3
  const text = decodeUtf8(body)?.trim() ?? ''
  return isHex(text) ? fromHex(text) : body
}

function onlyBlock(pem: Uint8Array): Uint8Array {
  const [block, ...rest] = parsePem(pem, 'X509 CRL')
  if (block === undefined || rest.length > 0) throw new EvidenceError('ERR_CRL_FORMAT', 'revocation list: expected one')
  return block.bytes
}
