import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes, fromHex, TresorError } from '../../packages/sdk/src/core/index.js'
import type { CryptoDoor } from '../../packages/sdk/src/crypto/index.js'
import { doors } from '../support/crypto-doors.js'
import { bitString, curveOid, ecSpki, element, integer, rsaSpki, sequence } from './der.js'
import { createEcSigner, createPssSigner } from './keys.js'

/** The base point of P-256 (SP 800-186 §3.2.1.3). */
const x = '6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296'
const y = '4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5'
const point = fromHex(`04${x}${y}`)
const p256Field = 'ffffffff00000001000000000000000000000000ffffffffffffffffffffffff'

const modulus = (bytes: number, first = 'c3', last = 'a1') => `00${first}${'5a'.repeat(bytes - 2)}${last}`

const refused: readonly [title: string, spki: Uint8Array][] = [
  ['no bytes', new Uint8Array(0)],
  ['a compressed point', ecSpki('P-256', fromHex(`03${x}`))],
  ['a hybrid point', ecSpki('P-256', fromHex(`07${x}${y}`))],
  ['the point at infinity', ecSpki('P-256', Uint8Array.of(0))],
  ['a point off the curve', ecSpki('P-256', fromHex(`04${x}${y.replace('4f', '4e')}`))],
  ['the point (0, 0)', ecSpki('P-256', fromHex(`04${'00'.repeat(64)}`))],
  ['a coordinate that is not below the field', ecSpki('P-256', fromHex(`04${p256Field}${y}`))],
  ['a point of P-256 said to be of P-384', ecSpki('P-384', point)],
  ['another prime curve', ecSpki('secp256k1', point)],
  ['P-521', ecSpki('P-521', fromHex(`04${'01'.repeat(132)}`))],
  ['an EC key without a curve', sequence(sequence(element(0x06, fromHex('2a8648ce3d0201'))), bitString(point))],
  [
    'a curve followed by something',
    sequence(
      sequence(element(0x06, fromHex('2a8648ce3d0201')), element(0x06, fromHex(curveOid['P-256'])), element(0x05)),
      bitString(point)
    )
  ],
  ['unused bits', sequence(...ecParts(), element(0x03, Uint8Array.of(1), point))],
  ['bytes after the key', concatBytes(ecSpki('P-256', point), Uint8Array.of(0))],
  ['bytes within the outer sequence', sequence(...ecParts(), bitString(point), element(0x05))],
  ['Ed25519', sequence(sequence(element(0x06, fromHex('2b6570'))), bitString(fromHex(x)))],
  ['a length that is not in its shortest form', concatBytes(fromHex('308159'), ecSpki('P-256', point).subarray(2))],
  ['RSA with 1024 bits', rsaSpki(modulus(128), '010001')],
  ['RSA with 8200 bits', rsaSpki(modulus(1025), '010001')],
  ['RSA with 2047 bits', rsaSpki(modulus(256, '43').slice(2), '010001')],
  ['an even modulus', rsaSpki(modulus(256, 'c3', 'a0'), '010001')],
  ['a negative modulus', rsaSpki(modulus(256).slice(2), '010001')],
  ['a modulus with a needless zero', rsaSpki(`00${modulus(256)}`, '010001')],
  ['a modulus of zero', rsaSpki('00', '010001')],
  ['an empty modulus', rsaSpki('', '010001')],
  ['exponent 1', rsaSpki(modulus(256), '01')],
  ['exponent 0', rsaSpki(modulus(256), '00')],
  ['an even exponent', rsaSpki(modulus(256), '010002')],
  ['exponent 2^33 + 1', rsaSpki(modulus(256), '0200000001')],
  ['a negative exponent', rsaSpki(modulus(256), 'fd')],
  ['RSA without NULL', sequence(sequence(rsaOid()), rsaBits(integer('010001')))],
  ['RSA with a NULL that has content', sequence(sequence(rsaOid(), element(0x05, Uint8Array.of(0))), rsaBits())],
  ['RSA with three integers', sequence(sequence(rsaOid(), element(0x05)), rsaBits(integer('03')))],
  ['RSASSA-PSS as the key algorithm', sequence(sequence(element(0x06, fromHex('2a864886f70d01010a'))), rsaBits())]
]

function ecParts(): Uint8Array[] {
  return [sequence(element(0x06, fromHex('2a8648ce3d0201')), element(0x06, fromHex(curveOid['P-256'])))]
}

function rsaOid(): Uint8Array {
  return element(0x06, fromHex('2a864886f70d010101'))
}

function rsaBits(...more: readonly Uint8Array[]): Uint8Array {
  return bitString(sequence(integer(modulus(256)), integer('010001'), ...more))
}

describe.each(doors)('public keys: $title', ({ door }) => {
  it.each(['P-256', 'P-384'] as const)('accepts an EC key on %s', async (curve) => {
    expect((await door.importSpki((await createEcSigner(curve)).spki)).algorithm).toBe('ecdsa')
  })

  it('accepts an RSA key of 2048 bits', async () => {
    expect((await door.importSpki((await createPssSigner('sha384')).spki)).algorithm).toBe('rsa')
  })

  it('accepts and uses RSA from 2048 to 8192 bits with exponents from 3 to below 2^33', async () => {
    const options = { hash: 'sha384', saltLength: 48 } as const
    for (const bytes of [256, 384, 512, 1024]) {
      for (const exponent of ['03', '010001', '01ffffffff']) {
        const key = await door.importSpki(rsaSpki(modulus(bytes), exponent))
        expect(key.algorithm).toBe('rsa')
        expect(await door.verifyRsaPss(key, options, point, new Uint8Array(bytes).fill(0x55))).toBe(false)
      }
    }
  })

  it.each(refused)('refuses %s', async (_title, spki) => {
    await expect(importAsync(door, spki)).rejects.toMatchObject({ code: 'ERR_CERTIFICATE_FORMAT' })
  })

  it('refuses a key that is cut at any length', async () => {
    const spki = ecSpki('P-256', point)
    for (let length = 0; length < spki.length; length++) {
      await expect(importAsync(door, spki.slice(0, length))).rejects.toMatchObject({ code: 'ERR_CERTIFICATE_FORMAT' })
    }
  })

  it('answers any flipped bit with a key or a coded error', async () => {
    for (const spki of [ecSpki('P-256', point), rsaSpki(modulus(256), '010001')]) {
      for (let bit = 0; bit < 8 * spki.length; bit += 3) {
        const changed = spki.slice()
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        await expectKeyOrCodedError(door, changed)
      }
    }
  })

  it('answers any bytes with a key or a coded error', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), (spki) => expectKeyOrCodedError(door, spki)))
  })

  it('does not depend on the bytes after the import', async () => {
    const signer = await createEcSigner('P-256')
    const spki = signer.spki.slice()
    const key = await door.importSpki(spki)
    spki.fill(0)
    const data = Uint8Array.of(1, 2, 3)
    expect(await door.verifyEcdsa(key, 'sha256', data, await signer.sign('sha256', data))).toBe(true)
  })
})

async function importAsync(door: CryptoDoor, spki: Uint8Array): Promise<unknown> {
  return door.importSpki(spki)
}

async function expectKeyOrCodedError(door: CryptoDoor, spki: Uint8Array): Promise<void> {
  try {
    expect((await door.importSpki(spki)).algorithm).toMatch(/^(ecdsa|rsa)$/)
  } catch (error) {
    expect(TresorError.is(error), String(error)).toBe(true)
  }
}
