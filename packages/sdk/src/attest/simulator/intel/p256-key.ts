// Keys on P-256 that follow from a secret, so that one secret is all the state that there is.
import { createECDH, createPrivateKey, hkdfSync, type KeyObject } from 'node:crypto'
import { concatBytes, fromHex, toHex, utf8 } from '../../../core/index.js'

const curveOrder = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')

/** The private key called `label` for `context`. The same input gives the same key. */
export function deriveP256Key(secret: Uint8Array, label: string, context: Uint8Array = new Uint8Array(0)): KeyObject {
  const wide = BigInt(`0x${toHex(deriveBytes(secret, label, 40, context))}`)
  const scalar = fromHex(((wide % (curveOrder - 1n)) + 1n).toString(16).padStart(64, '0'))
  const ecdh = createECDH('prime256v1')
  ecdh.setPrivateKey(scalar)
  const point = new Uint8Array(ecdh.getPublicKey())
  const [x, y, d] = [point.slice(1, 33), point.slice(33), scalar].map(base64Url) as [string, string, string] // three parts
  return createPrivateKey({ key: { kty: 'EC', crv: 'P-256', x, y, d }, format: 'jwk' })
}

export function deriveBytes(
  secret: Uint8Array,
  label: string,
  length: number,
  context: Uint8Array = new Uint8Array(0)
): Uint8Array {
  const info = concatBytes(utf8(`tresor simulator intel ${label}\0`), context)
  return new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), info, length))
}

function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}
