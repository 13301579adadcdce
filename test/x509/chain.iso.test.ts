import { beforeAll, describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../packages/sdk/src/core/index.js'
import {
  basicConstraintsExtension,
  type Certificate,
  type ChainOptions,
  checkValidity,
  importKey,
  keyUsageExtension,
  verifyCertificateSignature,
  verifyChain,
  verifyChainSignatures
} from '../../packages/sdk/src/x509/index.js'
import { caExtensions, createEcKey, createRsaKey, issue, type Key, now, revoke } from './hierarchy.js'

let rootKey: Key
let middleKey: Key
let leafKey: Key
let otherKey: Key
let root: Certificate
let middle: Certificate
let leaf: Certificate

beforeAll(async () => {
  rootKey = await createRsaKey()
  middleKey = await createEcKey()
  leafKey = await createEcKey('P-256')
  otherKey = await createEcKey()
  root = await issue('Root', rootKey, 'Root', rootKey, { serialNumber: 1, extensions: caExtensions(1) })
  middle = await issue('Middle', middleKey, 'Root', rootKey, { serialNumber: 2, extensions: caExtensions(0) })
  leaf = await issue('Leaf', leafKey, 'Middle', middleKey, {
    serialNumber: 3,
    extensions: [keyUsageExtension('digitalSignature')]
  })
})

function verify(chain: readonly Certificate[], options: Partial<ChainOptions> = {}) {
  return verifyChain({ chain, trustedKeys: [rootKey.spki], now, ...options })
}

async function expectRefused(verdict: Promise<unknown>, code: ErrorCode, message?: string): Promise<void> {
  await expect(verdict).rejects.toMatchObject({
    code,
    ...(message === undefined ? {} : { message: expect.stringContaining(message) })
  })
}

describe('verifyChain', () => {
  it('accepts a chain of RSA-PSS, P-384 and P-256 and tells until when', async () => {
    expect(await verify([leaf, middle, root])).toEqual({ notBefore: leaf.notBefore, notAfter: leaf.notAfter })
  })

  it('accepts a leaf directly under the root, and a root among several', async () => {
    const direct = await issue('Leaf', leafKey, 'Root', rootKey)
    await verify([direct, root], { trustedKeys: [otherKey.spki, rootKey.spki] })
  })

  it('refuses no chain, a single certificate, even a trusted one, and more than eight', async () => {
    for (const chain of [[], [root], Array.from({ length: 9 }, () => root)]) {
      await expectRefused(verify(chain), 'ERR_CERTIFICATE_CHAIN')
    }
  })

  it('refuses a chain without its root, its middle or in another order', async () => {
    await expectRefused(verify([leaf, middle]), 'ERR_CERTIFICATE_ROOT')
    await expectRefused(verify([leaf, root]), 'ERR_CERTIFICATE_CHAIN')
    await expectRefused(verify([middle, leaf, root]), 'ERR_CERTIFICATE_CHAIN')
    await expectRefused(verify([root, middle, leaf]), 'ERR_CERTIFICATE_CHAIN')
  })

  it('refuses an issuer of another name', async () => {
    const stranger = await issue('Stranger', middleKey, 'Root', rootKey, { extensions: caExtensions() })
    await expectRefused(
      verify([leaf, stranger, root]),
      'ERR_CERTIFICATE_CHAIN',
      'Leaf: expected issuer Middle, found Stranger'
    )
  })

  it('refuses a root of the same name with another key', async () => {
    const impostor = await issue('Root', otherKey, 'Root', otherKey, { extensions: caExtensions() })
    const forged = await issue('Middle', middleKey, 'Root', otherKey, { extensions: caExtensions(0) })
    await expectRefused(verify([leaf, forged, impostor]), 'ERR_CERTIFICATE_ROOT', 'Root')
    await expectRefused(verify([leaf, forged, root]), 'ERR_CERTIFICATE_SIGNATURE', 'Middle')
  })

  it('refuses every chain where no key is trusted', async () => {
    await expectRefused(verify([leaf, middle, root], { trustedKeys: [] }), 'ERR_CERTIFICATE_ROOT')
  })

  it('refuses certificates signed with another key of any kind', async () => {
    const names = ['Leaf', 'Middle'] as const
    for (const signer of [otherKey, rootKey, leafKey]) {
      const forged = await issue(names[0], leafKey, names[1], signer)
      await expectRefused(verify([forged, middle, root]), 'ERR_CERTIFICATE_SIGNATURE', 'Leaf')
    }
  })

  it('refuses a changed signature and a changed certificate', async () => {
    const signature = leaf.signature.slice()
    signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1
    await expectRefused(verify([{ ...leaf, signature }, middle, root]), 'ERR_CERTIFICATE_SIGNATURE')
    await expectRefused(verify([{ ...leaf, signature: new Uint8Array() }, middle, root]), 'ERR_CERTIFICATE_SIGNATURE')
    const tbs = leaf.tbs.slice()
    tbs[tbs.length - 1] = (tbs.at(-1) ?? 0) ^ 1
    await expectRefused(verify([{ ...leaf, tbs }, middle, root]), 'ERR_CERTIFICATE_SIGNATURE')
  })

  it('refuses an algorithm that does not fit the key of the issuer', async () => {
    const wrong = { ...leaf, signatureAlgorithm: rootKey.signatureAlgorithm }
    await expectRefused(verify([wrong, middle, root]), 'ERR_CERTIFICATE_SIGNATURE')
    const wrongMiddle = { ...middle, signatureAlgorithm: middleKey.signatureAlgorithm }
    await expectRefused(verify([leaf, wrongMiddle, root]), 'ERR_CERTIFICATE_SIGNATURE')
    const wrongSalt = { ...middle, signatureAlgorithm: { kind: 'rsa-pss', hash: 'sha384', saltLength: 32 } } as const
    await expectRefused(verify([leaf, wrongSalt, root]), 'ERR_CERTIFICATE_SIGNATURE')
  })

  it('tells that it cannot verify PKCS #1, rather than that the signature is wrong', async () => {
    const signatureAlgorithm = { kind: 'rsa-pkcs1', hash: 'sha384' } as const
    await expectRefused(verify([leaf, { ...middle, signatureAlgorithm }, root]), 'ERR_CRYPTO_UNSUPPORTED')
  })

  it('refuses a loop of CAs that never meets a trusted key', async () => {
    const a = await issue('A', middleKey, 'B', otherKey, { extensions: caExtensions() })
    const b = await issue('B', otherKey, 'A', middleKey, { extensions: caExtensions() })
    const end = await issue('Leaf', leafKey, 'A', middleKey)
    await expectRefused(verify([end, a, b, a, b]), 'ERR_CERTIFICATE_ROOT')
    await expectRefused(verify([end, a, b, a, root]), 'ERR_CERTIFICATE_CHAIN')
  })
})

describe('verifyChain and time', () => {
  it('counts both bounds as valid and refuses a second before and after', async () => {
    const chain = [leaf, middle, root]
    await verify(chain, { now: leaf.notBefore })
    await verify(chain, { now: leaf.notAfter })
    await expectRefused(
      verify(chain, { now: new Date(Number(leaf.notBefore) - 1000) }),
      'ERR_CERTIFICATE_NOT_YET_VALID',
      'Leaf'
    )
    await expectRefused(
      verify(chain, { now: new Date(Number(leaf.notAfter) + 1000) }),
      'ERR_CERTIFICATE_EXPIRED',
      'Leaf'
    )
  })

  it.each(['Middle', 'Root'])('refuses where only %s has expired', async (which) => {
    const notAfter = new Date('2026-05-01T00:00:00Z')
    const shortMiddle = await issue('Middle', middleKey, 'Root', rootKey, { extensions: caExtensions(), notAfter })
    const shortRoot = await issue('Root', rootKey, 'Root', rootKey, { extensions: caExtensions(), notAfter })
    const chain = which === 'Middle' ? [leaf, shortMiddle, root] : [leaf, middle, shortRoot]
    await expectRefused(verify(chain), 'ERR_CERTIFICATE_EXPIRED', which)
  })

  it('refuses a time that is none', () => {
    expect(() => checkValidity(leaf, new Date(Number.NaN))).toThrow(
      expect.objectContaining({ code: 'ERR_CERTIFICATE_EXPIRED' })
    )
  })
})

describe('verifyChain and uses', () => {
  const withMiddle = async (extensions: Certificate['extensions']) => [
    leaf,
    await issue('Middle', middleKey, 'Root', rootKey, { extensions }),
    root
  ]

  it.each([
    ['no extensions', []],
    ['CA false', [basicConstraintsExtension(false), keyUsageExtension('keyCertSign')]],
    ['no basic constraints', [keyUsageExtension('keyCertSign')]],
    ['no key usage', [basicConstraintsExtension(true)]],
    [
      'a key usage without keyCertSign',
      [basicConstraintsExtension(true), keyUsageExtension('digitalSignature', 'cRLSign')]
    ],
    [
      'an unknown critical extension',
      [...caExtensions(), { oid: '1.2.3.4', critical: true, value: Uint8Array.of(5, 0) }]
    ]
  ])('refuses an intermediate with %s', async (_, extensions) => {
    await expectRefused(verify(await withMiddle(extensions)), 'ERR_CERTIFICATE_USAGE', 'Middle')
  })

  it('refuses more CAs below one than its path length admits', async () => {
    const lower = await issue('Lower', otherKey, 'Middle', middleKey, { extensions: caExtensions() })
    const end = await issue('Leaf', leafKey, 'Lower', otherKey)
    await expectRefused(verify([end, lower, middle, root]), 'ERR_CERTIFICATE_USAGE', 'Middle: path length 0')
    const wide = await issue('Middle', middleKey, 'Root', rootKey, { extensions: caExtensions() })
    await expectRefused(verify([end, lower, wide, root]), 'ERR_CERTIFICATE_USAGE', 'Root: path length 1')
    const openRoot = await issue('Root', rootKey, 'Root', rootKey, { extensions: caExtensions() })
    await verify([end, lower, wide, openRoot])
  })

  it('counts self-issued CAs too', async () => {
    const again = await issue('Middle', otherKey, 'Middle', middleKey, { extensions: caExtensions() })
    const end = await issue('Leaf', leafKey, 'Middle', otherKey)
    await expectRefused(verify([end, again, middle, root]), 'ERR_CERTIFICATE_USAGE', 'path length 0')
  })

  it('refuses a root that is no CA', async () => {
    const plain = await issue('Root', rootKey, 'Root', rootKey)
    await expectRefused(verify([leaf, middle, plain]), 'ERR_CERTIFICATE_USAGE', 'Root')
  })

  it('refuses a leaf that is a CA or must not sign', async () => {
    const ca = await issue('Leaf', leafKey, 'Middle', middleKey, { extensions: caExtensions() })
    await expectRefused(verify([ca, middle, root]), 'ERR_CERTIFICATE_USAGE', 'is a CA')
    const extensions = [keyUsageExtension('keyAgreement')]
    const mute = await issue('Leaf', leafKey, 'Middle', middleKey, { extensions })
    await expectRefused(verify([mute, middle, root]), 'ERR_CERTIFICATE_USAGE', 'digitalSignature')
  })

  it('takes a critical extension that the caller understands, and others that are not critical', async () => {
    const critical = { oid: '1.2.3.4', critical: true, value: Uint8Array.of(5, 0) }
    const extensions = [critical, { ...critical, oid: '1.2.3.5', critical: false }]
    const special = await issue('Leaf', leafKey, 'Middle', middleKey, { extensions })
    await verify([special, middle, root], { understoodCriticalOids: ['1.2.3.4'] })
    await expectRefused(verify([special, middle, root]), 'ERR_CERTIFICATE_USAGE', '1.2.3.4')
    await expectRefused(verify([special, middle, root], { understoodCriticalOids: ['1.2.3'] }), 'ERR_CERTIFICATE_USAGE')
  })
})

describe('verifyChain and revocation', () => {
  it('accepts lists of the chain that do not name its certificates, and shortens the validity to theirs', async () => {
    const nextUpdate = new Date('2026-07-01T00:00:00Z')
    const crls = [await revoke('Root', rootKey, [77]), await revoke('Middle', middleKey, [2], { nextUpdate })]
    expect((await verify([leaf, middle, root], { crls })).notAfter).toEqual(nextUpdate)
  })

  it('refuses a revoked leaf and a revoked intermediate', async () => {
    const ofLeaf = [await revoke('Middle', middleKey, [9, 3])]
    await expectRefused(verify([leaf, middle, root], { crls: ofLeaf }), 'ERR_CERTIFICATE_REVOKED', 'Leaf')
    const ofMiddle = [await revoke('Root', rootKey, [2])]
    await expectRefused(verify([leaf, middle, root], { crls: ofMiddle }), 'ERR_CERTIFICATE_REVOKED', 'Middle')
  })

  it('refuses a list of another issuer, by name or by key', async () => {
    const crls = [await revoke('Stranger', middleKey, [])]
    await expectRefused(verify([leaf, middle, root], { crls }), 'ERR_CRL_ISSUER')
    const forged = [await revoke('Middle', otherKey, [])]
    await expectRefused(verify([leaf, middle, root], { crls: forged }), 'ERR_CRL_ISSUER')
    const ofLeaf = [await revoke('Leaf', leafKey, [])]
    await expectRefused(verify([leaf, middle, root], { crls: ofLeaf }), 'ERR_CRL_ISSUER')
  })

  it('refuses a list whose issuer must not sign lists', async () => {
    const extensions = [basicConstraintsExtension(true), keyUsageExtension('keyCertSign')]
    const mute = await issue('Middle', middleKey, 'Root', rootKey, { extensions })
    const crls = [await revoke('Middle', middleKey, [])]
    await expectRefused(verify([leaf, mute, root], { crls }), 'ERR_CRL_ISSUER', 'cRLSign')
  })

  it('refuses a list that is out of date, not valid yet, or without an end', async () => {
    const early = { nextUpdate: new Date('2026-05-01T00:00:00Z') }
    const late = { thisUpdate: new Date('2026-07-01T00:00:00Z') }
    for (const changes of [early, late]) {
      const crls = [await revoke('Middle', middleKey, [], changes)]
      await expectRefused(verify([leaf, middle, root], { crls }), 'ERR_CRL_EXPIRED')
    }
    const { nextUpdate: _, ...endless } = await revoke('Middle', middleKey, [])
    await expectRefused(verify([leaf, middle, root], { crls: [endless] }), 'ERR_CRL_EXPIRED')
  })
})

describe('the parts of verifyChain', () => {
  it('lets the caller keep imported keys', async () => {
    const asked: Uint8Array[] = []
    const keys = (spki: Uint8Array) => {
      asked.push(spki)
      return importKey(spki)
    }
    await verifyChainSignatures([leaf, middle, root], keys)
    expect(asked).toEqual([middle.spki, root.spki])
  })

  it('verifies one signature, against one key', async () => {
    await verifyCertificateSignature(leaf, middleKey.spki)
    await expectRefused(verifyCertificateSignature(leaf, otherKey.spki), 'ERR_CERTIFICATE_SIGNATURE')
    await expectRefused(verifyCertificateSignature(leaf, Uint8Array.of(0x30, 0)), 'ERR_CERTIFICATE_FORMAT')
  })
})
