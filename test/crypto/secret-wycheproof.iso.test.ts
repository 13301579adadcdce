// HKDF, X25519 and XChaCha20-Poly1305 held against Project Wycheproof on every door.
import { expect, it } from 'vitest'
import { concatBytes, equalBytes } from '../../packages/sdk/src/core/index.js'
import { secretDoors } from '../support/crypto-doors.js'
import { describeWithVectors } from '../support/vectors.js'
import { bytesOf, type Decisions, differences, readGroups } from './wycheproof.js'

const hkdfDecisions: Decisions = {
  EmptySalt: 'as marked',
  MaximalOutputSize: 'as marked',
  Normal: 'as marked',
  OutputCollision: 'as marked',
  SizeTooLarge: 'as marked'
}

/**
 * A shared secret of zero is refused, as RFC 7748 §6.1 allows: it is the same for every private key. Points on the twist and
 * encodings that are not reduced are accepted, as RFC 7748 §5 demands.
 */
const x25519Decisions: Decisions = {
  EdgeCaseMultiplication: 'accept',
  EdgeCasePrivateKey: 'accept',
  EdgeCaseShared: 'accept',
  Ktv: 'accept',
  LowOrderPublic: 'refuse',
  NonCanonicalPublic: 'accept',
  Normal: 'as marked',
  SmallPublicKey: 'accept',
  SpecialPublicKey: 'accept',
  Twist: 'accept',
  ZeroSharedSecret: 'refuse'
}

const aeadDecisions: Decisions = {
  EdgeCaseCiphertext: 'as marked',
  EdgeCasePoly1305: 'as marked',
  EdgeCasePolyKey: 'as marked',
  EdgeCaseTag: 'as marked',
  InvalidNonceSize: 'as marked',
  Ktv: 'as marked',
  ModifiedTag: 'as marked',
  Pseudorandom: 'as marked'
}

describeWithVectors('secret cryptography against Wycheproof', () => {
  for (const { title, door } of secretDoors) {
    it.each(['sha256', 'sha512'] as const)(`derives with HKDF on %s: ${title}`, async (hash) => {
      const found = await differences(readGroups(`hkdf_${hash}_test.json`), hkdfDecisions, async (test) => {
        const [ikm, salt, info] = [bytesOf(test, 'ikm'), bytesOf(test, 'salt'), bytesOf(test, 'info')]
        return equalBytes(await door.hkdf(hash, ikm, salt, info, test.size ?? 0), bytesOf(test, 'okm'))
      })
      expect(found).toEqual([])
    })

    it(`agrees on secrets with X25519: ${title}`, async () => {
      const found = await differences(readGroups('x25519_test.json'), x25519Decisions, async (test) => {
        const shared = await door.deriveX25519(bytesOf(test, 'private'), bytesOf(test, 'public'))
        if (shared === undefined) return false
        if (!equalBytes(shared, bytesOf(test, 'shared'))) throw new Error('another shared secret')
        return true
      })
      expect(found).toEqual([])
    })

    it(`seals and opens with XChaCha20-Poly1305: ${title}`, async () => {
      const found = await differences(readGroups('xchacha20_poly1305_test.json'), aeadDecisions, async (test) => {
        const [key, nonce, aad] = [bytesOf(test, 'key'), bytesOf(test, 'iv'), bytesOf(test, 'aad')]
        const sealed = concatBytes(bytesOf(test, 'ct'), bytesOf(test, 'tag'))
        const plaintext = await door.aeadOpen('xchacha20-poly1305', key, nonce, sealed, aad)
        if (plaintext === undefined) return false
        const again = await door.aeadSeal('xchacha20-poly1305', key, nonce, plaintext, aad)
        return equalBytes(plaintext, bytesOf(test, 'msg')) && equalBytes(again, sealed)
      })
      expect(found).toEqual([])
    })
  }
})
