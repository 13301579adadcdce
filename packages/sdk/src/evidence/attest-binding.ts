// What `attest({ nonce, claims })` puts into report data, so that a quote made here can serve no other protocol.
import { concatBytes, lengthPrefixed, utf8 } from '../core/index.js'

const tag = utf8('tresor-attest/1')

/**
 * The bytes whose SHA-512 is the report data of `attest` and of `verify`, for the same nonce and claims:
 * `LP("tresor-attest/1") ‖ LP(nonce) ‖ LP(claims)`, each length as four bytes in big endian order.
 */
export function encodeAttestBinding(nonce: Uint8Array, claims: Uint8Array = new Uint8Array(0)): Uint8Array {
  return concatBytes(lengthPrefixed(tag), lengthPrefixed(nonce), lengthPrefixed(claims))
}
