// What a chip keeps to itself: one secret, from which its id and its signing keys follow as in the real one, so that the same
// chip at the same TCB always has the same key.
import { createECDH, createHash, createPrivateKey, hkdfSync, type KeyObject } from 'node:crypto'
import { concatBytes, fromHex, toHex, utf8 } from '../../core/index.js'
import type { SnpProduct } from '../../evidence/index.js'

export interface Chip {
  readonly product: SnpProduct
  /** 32 bytes. */
  readonly secret: Uint8Array
}

/** 64 bytes as in a report; on Turin eight, then zeros. */
export function chipIdOf({ product, secret }: Chip): Uint8Array {
  const id = derive(secret, 'chip id', new Uint8Array(0), 64)
  return product === 'Turin' ? concatBytes(id.slice(0, 8), new Uint8Array(56)) : id
}

/** The versioned chip endorsement key for `tcb`, eight bytes as in a report. */
export function vcekOf(chip: Chip, tcb: Uint8Array): KeyObject {
  return deriveP384Key(chip.secret, 'vcek', tcb)
}

/** The versioned loaded endorsement key of the fake cloud: the same on all its chips, so without the chip's secret. */
export function vlekOf(chip: Chip, tcb: Uint8Array): KeyObject {
  return deriveP384Key(sha256(utf8(`tresor simulator cloud ${chip.product}`)), 'vlek', tcb)
}

/** The root of derived keys. */
export function derivedKeyRootOf(chip: Chip): Uint8Array {
  return derive(chip.secret, 'derived key root', new Uint8Array(0), 32)
}

const curveOrder = BigInt(
  '0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973'
)

function deriveP384Key(secret: Uint8Array, label: string, context: Uint8Array): KeyObject {
  const wide = BigInt(`0x${toHex(derive(secret, label, context, 56))}`)
  const scalar = fromHex(((wide % (curveOrder - 1n)) + 1n).toString(16).padStart(96, '0'))
  const ecdh = createECDH('secp384r1')
  ecdh.setPrivateKey(scalar)
  const point = new Uint8Array(ecdh.getPublicKey())
  const jwk = {
    kty: 'EC',
    crv: 'P-384',
    x: base64Url(point.slice(1, 49)),
    y: base64Url(point.slice(49)),
    d: base64Url(scalar)
  }
  return createPrivateKey({ key: jwk, format: 'jwk' })
}

function derive(secret: Uint8Array, label: string, context: Uint8Array, length: number): Uint8Array {
  const info = concatBytes(utf8(`tresor simulator ${label}\0`), context)
  return new Uint8Array(hkdfSync('sha384', secret, new Uint8Array(0), info, length))
}

function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest())
}

function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}
