// RSASSA-PSS verification (RFC 8017 §8.1.2, §9.1.2, MGF1 §B.2.1) on BigInt, where there is no WebCrypto. It handles public
// values only, so its running time tells nothing. Keys come from parseSpki: the top bit of the modulus is set, so that
// emBits = 8 * emLen - 1.
import { bytesToNumberBE, concatBytes, equalBytes, numberToBytesBE } from '@noble/curves/utils.js'
import type { HashName } from '../door.js'
import type { RsaSpki } from '../spki.js'
import { hashBytesOf } from './sha2.js'

/** The caller has checked the lengths with `isPssShape`. */
export function verifyRsaPss(
  key: RsaSpki,
  options: { readonly hash: HashName; readonly saltLength: number },
  data: Uint8Array,
  signature: Uint8Array
): boolean {
  const encoded = recoverEncodedMessage(key, signature)
  return encoded !== undefined && isPssEncoding(encoded, options, data)
}

/** RSAVP1 (§5.2.2): `undefined` for a signature that is not below the modulus. */
function recoverEncodedMessage(key: RsaSpki, signature: Uint8Array): Uint8Array | undefined {
  const modulus = bytesToNumberBE(key.modulus)
  const representative = bytesToNumberBE(signature)
  if (representative >= modulus) return undefined
  const message = raise(representative, bytesToNumberBE(key.exponent), modulus)
  return numberToBytesBE(message, key.modulus.length)
}

/** EMSA-PSS-VERIFY (§9.1.2), steps numbered as there. */
function isPssEncoding(
  encoded: Uint8Array,
  { hash, saltLength }: { readonly hash: HashName; readonly saltLength: number },
  data: Uint8Array
): boolean {
  const hashed = hashBytesOf(hash, data) // 2
  const dbLength = encoded.length - hashed.length - 1
  const maskedDb = encoded.subarray(0, dbLength)
  const h = encoded.subarray(dbLength, -1)
  if (encoded[encoded.length - 1] !== 0xbc) return false // 4
  if ((maskedDb[0] ?? 0xff) >= 0x80) return false // 6
  const db = xor(maskedDb, mgf1(hash, h, dbLength)) // 7, 8
  db[0] = (db[0] ?? 0) & 0x7f // 9
  const salt = db.subarray(dbLength - saltLength)
  const padding = new Uint8Array(dbLength - saltLength)
  padding[padding.length - 1] = 1
  if (!equalBytes(db.subarray(0, padding.length), padding)) return false // 10
  const message = concatBytes(new Uint8Array(8), hashed, salt) // 11, 12
  return equalBytes(h, hashBytesOf(hash, message)) // 13, 14
}

function mgf1(hash: HashName, seed: Uint8Array, length: number): Uint8Array {
  const blocks: Uint8Array[] = []
  let bytes = 0
  while (bytes < length) {
    const block = hashBytesOf(hash, concatBytes(seed, numberToBytesBE(blocks.length, 4)))
    blocks.push(block)
    bytes += block.length
  }
  return concatBytes(...blocks).subarray(0, length)
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, i) => byte ^ (b[i] ?? 0))
}

/** base^exponent mod modulus, by squaring from the lowest bit. */
function raise(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  let square = base
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}
