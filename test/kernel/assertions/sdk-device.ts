// The SDK's provider on /dev/sev-guest: `snpDevice`, derived keys, and what each failure of the driver becomes.
import assert from 'node:assert/strict'
import { authenticate, parsePolicy, policyFrom, verify } from '@tresor/sdk/verify'
import { attest, deriveSnpKey, probe, snpConfigfs, snpDevice } from '@tresor/sdk/attest'
import { providerContract } from '@tresor/sdk/testing'
import { withFailure, withoutKey } from './addon-devices.js'
import { collectContract } from './contract.js'
import { reportData } from './entry.js'
import { trust } from './trust.js'
import type { Assertion, World } from './world.js'

const keyRequest = { rootKey: 'vcek', fields: ['measurement'], vmpl: 0 } as const

export const sdkDevice: readonly Assertion[] = [
  ...collectContract((framework) => providerContract('snp-device', () => snpDevice(), framework)),
  { name: 'probe finds the device behind configfs-tsm', run: assertProbed },
  { name: 'evidence through the device verifies under a policy made from it', run: assertVerified },
  { name: 'a derived key is the same again, and another for other fields', run: assertDerivedKey },
  { name: 'a derived key is had from the device also where configfs-tsm gave the evidence', run: assertKeyBesideConfigfs },
  { name: 'a root key that the platform does not give is refused', run: assertRootKey },
  { name: 'a host that throttles is busy', run: () => assertFailure({ errno: 11, vmmError: 2 }, 'ERR_DEVICE_BUSY') },
  { name: 'a firmware that fails has refused', run: () => assertFailure({ errno: 5, fwError: 0x1f }, 'ERR_DEVICE_REFUSED') },
  { name: 'a driver without its key needs a reboot', run: assertKeyLost }
]

async function assertProbed(): Promise<void> {
  const { tee } = await probe()
  assert.equal(tee?.provider.name, 'snp-configfs')
  assert.deepEqual(tee?.alternatives.map(({ name }) => name), ['snp-device'])
}

async function assertVerified(world: World): Promise<void> {
  const nonce = Buffer.from(world.signedNonce, 'hex')
  const evidence = await attest(snpDevice(), { nonce })
  const policy = parsePolicy(policyFrom(await authenticate(evidence, trust(world))))
  await verify(evidence, { policy, nonce, ...trust(world) })
}

async function assertDerivedKey(): Promise<void> {
  const key = await deriveSnpKey(snpDevice(), keyRequest)
  assert.equal(key.length, 32)
  assert.deepEqual(await deriveSnpKey(snpDevice(), keyRequest), key)
  assert.notDeepEqual(await deriveSnpKey(snpDevice(), { ...keyRequest, fields: ['guestPolicy'] }), key)
}

async function assertKeyBesideConfigfs(): Promise<void> {
  assert.deepEqual(await deriveSnpKey(snpConfigfs(), keyRequest), await deriveSnpKey(snpDevice(), keyRequest))
}

async function assertRootKey(): Promise<void> {
  const attempt = deriveSnpKey(snpDevice(), { ...keyRequest, rootKey: 'vmrk' })
  await assert.rejects(attempt, { code: 'ERR_DEVICE_REFUSED' })
}

async function assertFailure(failure: Parameters<typeof withFailure>[0], code: string): Promise<void> {
  await withFailure(failure, () => assert.rejects(snpDevice().collect({ reportData: reportData(30) }), { code }))
  await snpDevice().collect({ reportData: reportData(31) })
}

async function assertKeyLost(): Promise<void> {
  const attempt = (): Promise<unknown> => snpDevice().collect({ reportData: reportData(32) })
  await withoutKey(() => assert.rejects(attempt, { code: 'ERR_DEVICE_KEY_LOST' }))
}
