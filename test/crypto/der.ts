// Builds the DER of keys, right or wrong on purpose.
import { concatBytes, fromHex } from '../../packages/sdk/src/core/index.js'

export function element(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  const body = concatBytes(...content)
  return concatBytes(Uint8Array.of(tag), lengthOf(body.length), body)
}

export const sequence = (...content: readonly Uint8Array[]): Uint8Array => element(0x30, ...content)

/** INTEGER from hex, written as it stands. */
export const integer = (hex: string): Uint8Array => element(0x02, fromHex(hex))

export const bitString = (...content: readonly Uint8Array[]): Uint8Array => element(0x03, Uint8Array.of(0), ...content)

const ecPublicKey = element(0x06, fromHex('2a8648ce3d0201'))
const rsaEncryption = element(0x06, fromHex('2a864886f70d010101'))

export const curveOid = {
  'P-256': '2a8648ce3d030107',
  'P-384': '2b81040022',
  'P-521': '2b81040023',
  secp256k1: '2b8104000a'
} as const

export function ecSpki(curve: keyof typeof curveOid, point: Uint8Array): Uint8Array {
  return sequence(sequence(ecPublicKey, element(0x06, fromHex(curveOid[curve]))), bitString(point))
}

export function rsaSpki(modulusHex: string, exponentHex: string): Uint8Array {
  const key = sequence(integer(modulusHex), integer(exponentHex))
  return sequence(sequence(rsaEncryption, element(0x05)), bitString(key))
}

function lengthOf(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length)
  return length < 0x100 ? Uint8Array.of(0x81, length) : Uint8Array.of(0x82, length >> 8, length & 0xff)
}
