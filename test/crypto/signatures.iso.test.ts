import { beforeAll, describe, expect, it } from 'vitest'
import { concatBytes, fromHex, toHex, utf8 } from '../../packages/sdk/src/core/index.js'
import type { CryptoDoor, EcCurve, PublicKey } from '../../packages/sdk/src/crypto/index.js'
import { doors } from '../support/crypto-doors.js'
import { createEcSigner, createPssSigner, orderOf, type PssSigner, type Signer } from './keys.js'

const data = utf8('what is signed')
const curves = [
  ['P-256', 'sha256', 32],
  ['P-384', 'sha384', 48]
] as const
const hashes = ['sha256', 'sha384', 'sha512'] as const

let signers: Readonly<Record<EcCurve, Signer>>
let pss: PssSigner
beforeAll(async () => {
  signers = { 'P-256': await createEcSigner('P-256'), 'P-384': await createEcSigner('P-384') }
  pss = await createPssSigner('sha384')
})

describe.each(doors)('ECDSA signatures: $title', ({ door }) => {
  describe.each(curves)('on %s', (curve, hash, size) => {
    let key: PublicKey
    let signature: Uint8Array
    beforeAll(async () => {
      key = await door.importSpki(signers[curve].spki)
      signature = await signers[curve].sign(hash, data)
    })

    const verify = async (changed: Uint8Array) => door.verifyEcdsa(key, hash, data, changed)

    it('accepts a signature with each hash', async () => {
      for (const name of hashes) {
        const signed = await signers[curve].sign(name, data)
        expect(await door.verifyEcdsa(key, name, data, signed)).toBe(true)
      }
    })

    it('accepts s and n - s alike, as X.509 does', async () => {
      const s = BigInt(`0x${toHex(signature.slice(size))}`)
      const other = fromHex((orderOf[curve] - s).toString(16).padStart(2 * size, '0'))
      expect(await verify(concatBytes(signature.slice(0, size), other))).toBe(true)
    })

    it('refuses other data, another hash and another key', async () => {
      const stranger = await door.importSpki((await createEcSigner(curve)).spki)
      expect(await door.verifyEcdsa(key, hash, utf8('something else'), signature)).toBe(false)
      expect(await door.verifyEcdsa(key, 'sha512', data, signature)).toBe(false)
      expect(await door.verifyEcdsa(stranger, hash, data, signature)).toBe(false)
    })

    it('refuses r and s that are swapped, zero, the order, or above it', async () => {
      const r = signature.slice(0, size)
      const s = signature.slice(size)
      const zero = new Uint8Array(size)
      const order = fromHex(orderOf[curve].toString(16))
      const most = new Uint8Array(size).fill(0xff)
      for (const wrong of [zero, order, most]) {
        expect(await verify(concatBytes(wrong, s))).toBe(false)
        expect(await verify(concatBytes(r, wrong))).toBe(false)
        expect(await verify(concatBytes(wrong, wrong))).toBe(false)
      }
      expect(await verify(concatBytes(s, r))).toBe(false)
    })

    it('refuses every flipped byte', async () => {
      for (let i = 0; i < signature.length; i += 5) expect(await verify(flip(signature, i))).toBe(false)
    })

    it('refuses every other length, also of the other curve', async () => {
      for (const length of [0, 1, size, signature.length - 1]) {
        expect(await verify(signature.slice(0, length))).toBe(false)
      }
      expect(await verify(concatBytes(signature, Uint8Array.of(0)))).toBe(false)
      expect(await verify(new Uint8Array(64).fill(1))).toBe(false)
      expect(await verify(new Uint8Array(96).fill(1))).toBe(false)
    })
  })
})

describe.each(doors)('RSASSA-PSS signatures: $title', ({ door }) => {
  const options = { hash: 'sha384', saltLength: 48 } as const
  let key: PublicKey
  let signature: Uint8Array
  beforeAll(async () => {
    key = await door.importSpki(pss.spki)
    signature = await pss.sign(data, 48)
  })

  it.each([0, 1, 48, 206])(
    'accepts a salt of %i bytes where the caller says so, and only there',
    async (saltLength) => {
      const signed = await pss.sign(data, saltLength)
      expect(await door.verifyRsaPss(key, { hash: 'sha384', saltLength }, data, signed)).toBe(true)
      expect(await door.verifyRsaPss(key, { hash: 'sha384', saltLength: 47 }, data, signed)).toBe(false)
    }
  )

  it('accepts the other hashes', async () => {
    for (const hash of ['sha256', 'sha512'] as const) {
      const signer = await createPssSigner(hash)
      const signed = await signer.sign(data, 32)
      const signerKey = await door.importSpki(signer.spki)
      expect(await door.verifyRsaPss(signerKey, { hash, saltLength: 32 }, data, signed)).toBe(true)
      expect(await door.verifyRsaPss(signerKey, { hash: 'sha384', saltLength: 32 }, data, signed)).toBe(false)
    }
  })

  it.each([-1, -2, -3, 0.5, 207, 4096, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses a salt length of %d, and never reads it as "any"',
    async (saltLength) => {
      expect(await door.verifyRsaPss(key, { hash: 'sha384', saltLength }, data, signature)).toBe(false)
    }
  )

  it('refuses other data and another key', async () => {
    const stranger = await door.importSpki((await createPssSigner('sha384')).spki)
    expect(await door.verifyRsaPss(key, options, utf8('something else'), signature)).toBe(false)
    expect(await door.verifyRsaPss(stranger, options, data, signature)).toBe(false)
  })

  it('refuses every flipped byte', async () => {
    for (let i = 0; i < signature.length; i += 5) {
      expect(await door.verifyRsaPss(key, options, data, flip(signature, i))).toBe(false)
    }
  })

  it('refuses every other length, and numbers that are not below the modulus', async () => {
    const wrong = [
      new Uint8Array(0),
      signature.slice(1),
      signature.slice(0, -1),
      concatBytes(Uint8Array.of(0), signature),
      new Uint8Array(256),
      new Uint8Array(256).fill(0xff)
    ]
    for (const changed of wrong) expect(await door.verifyRsaPss(key, options, data, changed)).toBe(false)
  })
})

describe.each(doors)('keys that do not fit the question: $title', ({ door }) => {
  it('answers false to an RSA key in ECDSA and to an EC key in RSASSA-PSS', async () => {
    const ec = await door.importSpki(signers['P-384'].spki)
    const rsa = await door.importSpki(pss.spki)
    for (const signature of [new Uint8Array(96), new Uint8Array(256)]) {
      expect(await door.verifyEcdsa(rsa, 'sha384', data, signature)).toBe(false)
      expect(await door.verifyRsaPss(ec, { hash: 'sha384', saltLength: 48 }, data, signature)).toBe(false)
    }
  })

  it('answers false to a key that another door imported', async () => {
    const foreign: PublicKey = { algorithm: 'ecdsa', handle: {} }
    expect(await verifyWith(door, foreign)).toBe(false)
    for (const other of doors.filter((one) => one.door.name !== door.name)) {
      expect(await verifyWith(door, await other.door.importSpki(signers['P-256'].spki))).toBe(false)
    }
  })
})

async function verifyWith(door: CryptoDoor, key: PublicKey): Promise<boolean> {
  return door.verifyEcdsa(key, 'sha256', data, await signers['P-256'].sign('sha256', data))
}

function flip(bytes: Uint8Array, index: number): Uint8Array {
  const changed = bytes.slice()
  changed[index] = (changed[index] ?? 0) ^ 0x10
  return changed
}
