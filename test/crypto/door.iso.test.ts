import { describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../../packages/sdk/src/core/index.js'
import { createWebDoor } from '../../packages/sdk/src/crypto/web/door.js'
import { doors } from '../support/crypto-doors.js'
import { createEcSigner, createPssSigner } from './keys.js'

/** Digests of "abc" (FIPS 180-4 examples). */
const digests = {
  sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  sha384: 'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7',
  sha512:
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f'
} as const

describe.each(doors)('hashes and random bytes: $title', ({ door }) => {
  it.each(['sha256', 'sha384', 'sha512'] as const)('computes %s', async (name) => {
    const digest = await door.hash(name, utf8('abc'))
    expect(await door.hashHex(name, utf8('abc'))).toBe(toHex(digest))
    expect(toHex(digest)).toBe(digests[name])
    expect(digest.constructor).toBe(Uint8Array)
  })

  it('hashes a view of a larger buffer, and no bytes at all', async () => {
    expect(toHex(await door.hash('sha256', utf8('xxabcxx').subarray(2, 5)))).toBe(digests.sha256)
    expect(toHex(await door.hash('sha256', new Uint8Array(0)))).toMatch(/^e3b0c442/)
  })

  it('gives as many random bytes as asked for, also beyond what one call of the platform gives', () => {
    for (const length of [0, 1, 32, 65_536, 65_537, 200_000]) expect(door.randomBytes(length).length).toBe(length)
    expect(toHex(door.randomBytes(32))).not.toBe(toHex(door.randomBytes(32)))
    expect(
      door
        .randomBytes(200_000)
        .subarray(131_072)
        .some((byte) => byte !== 0)
    ).toBe(true)
  })
})

describe('the web door on a WebCrypto that is not whole', () => {
  const data = utf8('what is signed')

  it('uses its own code for what WebCrypto calls not supported', async () => {
    const door = createWebDoor(() => failingSubtle('NotSupportedError'))
    expect(toHex(await door.hash('sha384', utf8('abc')))).toBe(digests.sha384)
    const ec = await createEcSigner('P-384')
    const ecKey = await door.importSpki(ec.spki)
    expect(await door.verifyEcdsa(ecKey, 'sha384', data, await ec.sign('sha384', data))).toBe(true)
    const rsa = await createPssSigner('sha384')
    const rsaKey = await door.importSpki(rsa.spki)
    const options = { hash: 'sha384', saltLength: 48 } as const
    expect(await door.verifyRsaPss(rsaKey, options, data, await rsa.sign(data, 48))).toBe(true)
    expect(await door.verifyRsaPss(rsaKey, options, utf8('something else'), await rsa.sign(data, 48))).toBe(false)
  })

  it('says that it cannot decide when WebCrypto breaks down, and never that a signature is wrong', async () => {
    let subtle: SubtleCrypto | undefined = globalThis.crypto.subtle
    const door = createWebDoor(() => subtle)
    const signer = await createPssSigner('sha384')
    const key = await door.importSpki(signer.spki)
    const signature = await signer.sign(data, 48)
    subtle = failingSubtle('OperationError')
    const unsupported = { code: 'ERR_CRYPTO_UNSUPPORTED' }
    await expect(door.hash('sha256', data)).rejects.toMatchObject(unsupported)
    const options = { hash: 'sha384', saltLength: 48 } as const
    subtle = withVerify(async () => Promise.reject(new DOMException('broken', 'OperationError')))
    await expect(door.verifyRsaPss(key, options, data, signature)).rejects.toMatchObject(unsupported)
  })
})

/** A WebCrypto whose every method rejects with this DOMException. */
function failingSubtle(name: string): SubtleCrypto {
  const fail = async () => Promise.reject(new DOMException('not here', name))
  return { digest: fail, importKey: fail, verify: fail } as unknown as SubtleCrypto // the door uses no more than these
}

function withVerify(verify: SubtleCrypto['verify']): SubtleCrypto {
  const { subtle } = globalThis.crypto
  const importKey = subtle.importKey.bind(subtle)
  return { importKey, verify } as unknown as SubtleCrypto // the door uses no more than these
}
