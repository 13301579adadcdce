// The SDK's provider on /dev/sev-guest: what `snpDevice` gives verifies, and keys are derived. Holds wherever the device is there,
// emulated or not.
import assert from 'node:assert/strict'
import { attest, deriveSnpKey, snpDevice } from '@tresor/sdk/attest'
import { providerContract } from '@tresor/sdk/testing'
import { authenticate, parsePolicy, policyFrom, verify } from '@tresor/sdk/verify'
import { collectContract } from './contract.js'
import { reportData } from './entry.js'
import { trust } from './trust.js'
import type { Assertion, World } from './world.js'

const vmplOffset = 0x30
const keyRequest = { rootKey: 'vcek', fields: ['measurement'], vmpl: 3 } as const

export const sdkDevice: readonly Assertion[] = [
  ...collectContract((framework) => providerContract('snp-device', () => snpDevice(), framework)),
  { name: 'evidence through the device verifies under a policy made from it', run: assertVerified },
  { name: 'evidence through the device is refused for another nonce', run: assertOtherNonce },
  { name: 'the certificates of the host travel with the evidence', run: assertEndorsements },
  { name: 'a report is of the level that was asked for', run: assertLevel },
  { name: 'a derived key is the same again, and another for other fields', run: assertDerivedKey },
  { name: 'a root key that the platform does not give is refused', run: assertRootKey }
]

async function assertVerified(world: World): Promise<void> {
  const nonce = Buffer.from(world.signedNonce, 'hex')
  const evidence = await attest(snpDevice(), { nonce })
  const policy = parsePolicy(policyFrom(await authenticate(evidence, trust(world))))
  await verify(evidence, { policy, nonce, ...trust(world) })
}

async function assertOtherNonce(world: World): Promise<void> {
  const evidence = await attest(snpDevice(), { nonce: Buffer.from(world.signedNonce, 'hex') })
  const policy = parsePolicy(policyFrom(await authenticate(evidence, trust(world))))
  const attempt = verify(evidence, { policy, nonce: reportData(50), ...trust(world) })
  await assert.rejects(attempt, { code: 'ERR_POLICY_REPORT_DATA' })
}

async function assertEndorsements(): Promise<void> {
  const { endorsements } = await snpDevice({ vmpl: 3 }).collect({ reportData: reportData(51) })
  const types = endorsements.map(({ mediaType }) => mediaType)
  assert.deepEqual(types, ['application/pkix-cert', 'application/pkix-cert', 'application/pkix-cert'])
}

async function assertLevel(): Promise<void> {
  const { bytes } = await snpDevice({ vmpl: 3 }).collect({ reportData: reportData(52) })
  assert.equal(bytes[vmplOffset], 3)
}

async function assertDerivedKey(): Promise<void> {
  const key = await deriveSnpKey(snpDevice(), keyRequest)
  assert.equal(key.length, 32)
  assert.deepEqual(await deriveSnpKey(snpDevice(), keyRequest), key)
  assert.notDeepEqual(await deriveSnpKey(snpDevice(), { ...keyRequest, fields: ['guestPolicy'] }), key)
}

async function assertRootKey(): Promise<void> {
  const attempt = deriveSnpKey(snpDevice(), { ...keyRequest, rootKey: 'vmrk' })
  await assert.rejects(attempt, { code: 'ERR_DEVICE_REFUSED' })
}
