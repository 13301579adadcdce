// RSASSA-PSS as AMD signs its certificates (4096 bits, SHA-384, MGF1-SHA-384, salt 48), held against Project Wycheproof.
import { expect, it } from 'vitest'
import { fromHex } from '../../packages/sdk/src/core/index.js'
import { doors } from '../support/crypto-doors.js'
import { describeWithVectors } from '../support/vectors.js'
import { bytesOf, type Decisions, differences, readGroups } from './wycheproof.js'

const decisions: Decisions = {
  ModifiedSignature: 'as marked',
  Normal: 'as marked',
  SpecialCaseHash: 'as marked',
  WrongPrimitive: 'as marked'
}

describeWithVectors('RSASSA-PSS against Wycheproof', () => {
  for (const { title, door } of doors) {
    it(`answers as decided: ${title}`, async () => {
      const found = await differences(
        readGroups('rsa_pss_4096_sha384_mgf1_48_test.json'),
        decisions,
        async (test, group) => {
          const key = await door.importSpki(fromHex(group.publicKeyDer ?? ''))
          const options = { hash: 'sha384', saltLength: group.sLen ?? 0 } as const
          return door.verifyRsaPss(key, options, bytesOf(test, 'msg'), bytesOf(test, 'sig'))
        }
      )
      expect(found).toEqual([])
    })
  }
})
