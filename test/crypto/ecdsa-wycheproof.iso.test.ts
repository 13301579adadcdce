// ECDSA on P-256 and P-384, as r ‖ s and as DER, held against Project Wycheproof on every door.
import { expect, it } from 'vitest'
import { fromHex } from '../../packages/sdk/src/core/index.js'
import type { CryptoDoor, EcCurve, HashName, PublicKey } from '../../packages/sdk/src/crypto/index.js'
import { ecdsaSignatureFromDer } from '../../packages/sdk/src/crypto/index.js'
import { doors } from '../support/crypto-doors.js'
import { describeWithVectors } from '../support/vectors.js'
import { bytesOf, type Decisions, differences, readGroups, type WycheproofGroup } from './wycheproof.js'

/** Nothing in these files is left to taste: a high s is valid, and everything that is not DER is invalid. */
const decisions: Decisions = {
  ArithmeticError: 'as marked',
  BerEncodedSignature: 'as marked',
  EdgeCasePublicKey: 'as marked',
  EdgeCaseShamirMultiplication: 'as marked',
  IntegerOverflow: 'as marked',
  InvalidEncoding: 'as marked',
  InvalidSignature: 'as marked',
  InvalidTypesInSignature: 'as marked',
  MissingZero: 'as marked',
  ModifiedInteger: 'as marked',
  ModifiedSignature: 'as marked',
  ModularInverse: 'as marked',
  PointDuplication: 'as marked',
  RangeCheck: 'as marked',
  SignatureSize: 'as marked',
  SmallRandS: 'as marked',
  SpecialCaseHash: 'as marked',
  ValidSignature: 'as marked'
}

const files: readonly { file: string; curve: EcCurve; hash: HashName; form: 'DER' | 'P1363' }[] = [
  { file: 'ecdsa_secp256r1_sha256_test.json', curve: 'P-256', hash: 'sha256', form: 'DER' },
  { file: 'ecdsa_secp256r1_sha256_p1363_test.json', curve: 'P-256', hash: 'sha256', form: 'P1363' },
  { file: 'ecdsa_secp384r1_sha384_test.json', curve: 'P-384', hash: 'sha384', form: 'DER' },
  { file: 'ecdsa_secp384r1_sha384_p1363_test.json', curve: 'P-384', hash: 'sha384', form: 'P1363' }
]

describeWithVectors('ECDSA against Wycheproof', () => {
  for (const { title, door } of doors) {
    for (const { file, curve, hash, form } of files) {
      it(`answers as decided on ${curve} with ${form} signatures: ${title}`, async () => {
        const keyOf = importOnce(door)
        const found = await differences(readGroups(file), decisions, async (test, group) => {
          const encoded = bytesOf(test, 'sig')
          const signature = form === 'DER' ? ecdsaSignatureFromDer(encoded, curve) : encoded
          return door.verifyEcdsa(await keyOf(group), hash, bytesOf(test, 'msg'), signature)
        })
        expect(found).toEqual([])
      })
    }
  }
})

function importOnce(door: CryptoDoor): (group: WycheproofGroup) => Promise<PublicKey> {
  const keys = new Map<WycheproofGroup, Promise<PublicKey>>()
  return (group) => {
    const key = keys.get(group) ?? Promise.resolve(door.importSpki(fromHex(group.publicKeyDer ?? '')))
    keys.set(group, key)
    return key
  }
}
