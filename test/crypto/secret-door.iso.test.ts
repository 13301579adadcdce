import { describe, expect, it } from 'vitest'
import { concatBytes, fromHex, isZero, toHex, utf8 } from '../../packages/sdk/src/core/index.js'
import { secretDoors } from '../support/crypto-doors.js'

const usage = { name: 'UsageError', code: 'ERR_USAGE_OPTION' }
const none = new Uint8Array(0)

describe.each(secretDoors)('HKDF: $title', ({ door }) => {
  it('derives what RFC 5869 derives in test case 1', async () => {
    const ikm = new Uint8Array(22).fill(0x0b)
    const okm = await door.hkdf(
      'sha256',
      ikm,
      fromHex('000102030405060708090a0b0c'),
      fromHex('f0f1f2f3f4f5f6f7f8f9'),
      42
    )
    expect(toHex(okm)).toBe('3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865')
    expect(okm.constructor).toBe(Uint8Array)
  })

  it('takes empty inputs, and depends on each input', async () => {
    const outputs = [
      await door.hkdf('sha384', none, none, none, 32),
      await door.hkdf('sha384', utf8('ikm'), none, none, 32),
      await door.hkdf('sha384', none, utf8('salt'), none, 32),
      await door.hkdf('sha384', none, none, utf8('info'), 32),
      await door.hkdf('sha512', none, none, none, 32)
    ]
    expect(new Set(outputs.map(toHex)).size).toBe(outputs.length)
  })

  it.each([0, -1, 0.5, 255 * 32 + 1, Number.NaN])('refuses %d bytes of output', async (length) => {
    await expect((async () => door.hkdf('sha256', none, none, none, length))()).rejects.toMatchObject(usage)
  })

  it('takes 1024 bytes of info and refuses more', async () => {
    expect((await door.hkdf('sha256', none, none, new Uint8Array(1024), 32)).length).toBe(32)
    await expect((async () => door.hkdf('sha256', none, none, new Uint8Array(1025), 32))()).rejects.toMatchObject(usage)
  })
})

const suites = [
  ['aes-256-gcm', 12],
  ['xchacha20-poly1305', 24]
] as const

describe.each(secretDoors)('authenticated encryption: $title', ({ door }) => {
  it('computes test case 16 of the GCM specification', async () => {
    const plaintext = fromHex(
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39'
    )
    const key = fromHex('feffe9928665731c6d6a8f9467308308'.repeat(2))
    const aad = fromHex('feedfacedeadbeeffeedfacedeadbeefabaddad2')
    const sealed = await door.aeadSeal('aes-256-gcm', key, fromHex('cafebabefacedbaddecaf888'), plaintext, aad)
    expect(toHex(sealed)).toBe(
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b'
    )
  })

  describe.each(suites)('%s', (name, nonceLength) => {
    const key = new Uint8Array(32).fill(7)
    const nonce = new Uint8Array(nonceLength).fill(9)
    const aad = utf8('context')
    const seal = async (plaintext: Uint8Array) => door.aeadSeal(name, key, nonce, plaintext, aad)

    it.each([0, 1, 16, 1000, 70_000])('opens what it sealed: %i bytes', async (length) => {
      const plaintext = new Uint8Array(length).fill(3)
      const sealed = await seal(plaintext)
      expect(sealed.length).toBe(length + 16)
      const opened = await door.aeadOpen(name, key, nonce, sealed, aad)
      expect(opened).toEqual(plaintext)
    })

    it('opens what another door sealed', async () => {
      for (const other of secretDoors) {
        const sealed = await other.door.aeadSeal(name, key, nonce, utf8('secret'), aad)
        expect(await door.aeadOpen(name, key, nonce, sealed, aad)).toEqual(utf8('secret'))
      }
    })

    it('gives nothing for any changed byte, and for every length cut', async () => {
      const sealed = await seal(utf8('secret'))
      for (let i = 0; i < sealed.length; i++) {
        const changed = sealed.slice()
        changed[i] = (changed[i] ?? 0) ^ 1
        expect(await door.aeadOpen(name, key, nonce, changed, aad)).toBeUndefined()
        expect(await door.aeadOpen(name, key, nonce, sealed.slice(0, i), aad)).toBeUndefined()
      }
      expect(await door.aeadOpen(name, key, nonce, concatBytes(sealed, none, Uint8Array.of(0)), aad)).toBeUndefined()
    })

    it('gives nothing under another key, nonce or context, and for a nonce of another size', async () => {
      const sealed = await seal(utf8('secret'))
      expect(await door.aeadOpen(name, new Uint8Array(32), nonce, sealed, aad)).toBeUndefined()
      expect(await door.aeadOpen(name, key, new Uint8Array(nonceLength), sealed, aad)).toBeUndefined()
      expect(await door.aeadOpen(name, key, nonce, sealed, none)).toBeUndefined()
      for (const length of [0, 8, 16, 32]) {
        expect(await door.aeadOpen(name, key, new Uint8Array(length), sealed, aad)).toBeUndefined()
      }
    })

    it('refuses a key and, for sealing, a nonce of the wrong size', async () => {
      const sealed = await seal(none)
      for (const wrong of [none, new Uint8Array(16), new Uint8Array(31), new Uint8Array(33)]) {
        await expect((async () => door.aeadSeal(name, wrong, nonce, none, aad))()).rejects.toMatchObject(usage)
        await expect((async () => door.aeadOpen(name, wrong, nonce, sealed, aad))()).rejects.toMatchObject(usage)
        await expect((async () => door.aeadSeal(name, key, wrong, none, aad))()).rejects.toMatchObject(usage)
      }
    })
  })
})

const aliceSecret = '77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'
const bobPublic = 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f'

/** Encodings of points of order 1, 2, 4 and 8, and two that are not reduced. */
const lowOrder = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'
].map(fromHex)

describe.each(secretDoors)('X25519: $title', ({ door }) => {
  it('computes the shared secret of RFC 7748 section 6.1', async () => {
    const shared = await door.deriveX25519(fromHex(aliceSecret), fromHex(bobPublic))
    expect(toHex(shared ?? none)).toBe('4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742')
  })

  it('makes pairs that agree, each another', async () => {
    const [a, b] = [await door.createX25519KeyPair(), await door.createX25519KeyPair()]
    const shared = await door.deriveX25519(a.secretKey, b.publicKey)
    expect(shared).toEqual(await door.deriveX25519(b.secretKey, a.publicKey))
    expect(isZero(shared ?? none)).toBe(false)
    expect(toHex(a.secretKey)).not.toBe(toHex(b.secretKey))
  })

  it('gives nothing for a public key of low order or of another size', async () => {
    const { secretKey } = await door.createX25519KeyPair()
    for (const publicKey of [...lowOrder, none, new Uint8Array(31).fill(9), new Uint8Array(33).fill(9)]) {
      expect(await door.deriveX25519(secretKey, publicKey)).toBeUndefined()
    }
  })

  it('refuses a secret key of another size', async () => {
    const { publicKey } = await door.createX25519KeyPair()
    await expect((async () => door.deriveX25519(new Uint8Array(31), publicKey))()).rejects.toMatchObject(usage)
  })
})

describe.each(secretDoors)('sealed boxes: $title', ({ door }) => {
  it.each([0, 1, 1000])('open for the recipient: %i bytes', async (length) => {
    const { publicKey, secretKey } = await door.createX25519KeyPair()
    const plaintext = new Uint8Array(length).fill(5)
    const box = await door.sealBox(publicKey, plaintext)
    expect(box.length).toBe(32 + 24 + 16 + length)
    expect(await door.openBox(secretKey, box)).toEqual(plaintext)
  })

  it('open with another door', async () => {
    for (const other of secretDoors) {
      const { publicKey, secretKey } = await other.door.createX25519KeyPair()
      expect(await other.door.openBox(secretKey, await door.sealBox(publicKey, utf8('secret')))).toEqual(utf8('secret'))
    }
  })

  it('differ each time', async () => {
    const { publicKey } = await door.createX25519KeyPair()
    const boxes = [await door.sealBox(publicKey, none), await door.sealBox(publicKey, none)]
    expect(new Set(boxes.map((box) => toHex(box.slice(0, 56)))).size).toBe(2)
  })

  it('give nothing to another key, when changed anywhere, and when cut', async () => {
    const { publicKey, secretKey } = await door.createX25519KeyPair()
    const box = await door.sealBox(publicKey, utf8('secret'))
    expect(await door.openBox((await door.createX25519KeyPair()).secretKey, box)).toBeUndefined()
    for (let i = 0; i < box.length; i++) {
      const changed = box.slice()
      changed[i] = (changed[i] ?? 0) ^ 4
      expect(await door.openBox(secretKey, changed)).toBeUndefined()
    }
    for (const length of [0, 31, 32, 55, 56, 71, box.length - 1]) {
      expect(await door.openBox(secretKey, box.slice(0, length))).toBeUndefined()
    }
  })

  it('give nothing when the ephemeral key is of low order, so that everybody could have made them', async () => {
    const { secretKey } = await door.createX25519KeyPair()
    for (const sender of lowOrder) {
      expect(await door.openBox(secretKey, concatBytes(sender, new Uint8Array(24 + 16 + 4)))).toBeUndefined()
    }
  })

  it('are not made for a recipient of low order or of another size', async () => {
    for (const publicKey of [...lowOrder, none, new Uint8Array(33)]) {
      await expect(door.sealBox(publicKey, utf8('secret'))).rejects.toMatchObject(usage)
    }
  })
})
