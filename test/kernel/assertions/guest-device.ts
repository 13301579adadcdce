// The SDK on a guest that has both interfaces, and what each failure of the driver becomes. The failures are set in our module.
import assert from 'node:assert/strict'
import { deriveSnpKey, probe, snpConfigfs, snpDevice } from '@tresor/sdk/attest'
import { withFailure, withoutKey } from './addon-devices.js'
import { reportData } from './entry.js'
import type { Assertion } from './world.js'

const keyRequest = { rootKey: 'vcek', fields: ['measurement'], vmpl: 0 } as const

export const guestDevice: readonly Assertion[] = [
  { name: 'probe finds the device behind configfs-tsm', run: assertProbed },
  {
    name: 'a derived key is had from the device also where configfs-tsm gave the evidence',
    run: assertKeyBesideConfigfs
  },
  { name: 'a host that throttles is busy', run: () => assertFailure({ errno: 11, vmmError: 2 }, 'ERR_DEVICE_BUSY') },
  {
    name: 'a firmware that fails has refused',
    run: () => assertFailure({ errno: 5, fwError: 0x1f }, 'ERR_DEVICE_REFUSED')
  },
  { name: 'a driver without its key needs a reboot', run: assertKeyLost }
]

async function assertProbed(): Promise<void> {
  const { tee } = await probe()
  assert.equal(tee?.provider.name, 'snp-configfs')
  assert.deepEqual(
    tee?.alternatives.map(({ name }) => name),
    ['snp-device']
  )
}

async function assertKeyBesideConfigfs(): Promise<void> {
  assert.deepEqual(await deriveSnpKey(snpConfigfs(), keyRequest), await deriveSnpKey(snpDevice(), keyRequest))
}

async function assertFailure(failure: Parameters<typeof withFailure>[0], code: string): Promise<void> {
  await withFailure(failure, () => assert.rejects(snpDevice().collect({ reportData: reportData(30) }), { code }))
  await snpDevice().collect({ reportData: reportData(31) })
}

async function assertKeyLost(): Promise<void> {
  const attempt = (): Promise<unknown> => snpDevice().collect({ reportData: reportData(32) })
  await withoutKey(() => assert.rejects(attempt, { code: 'ERR_DEVICE_KEY_LOST' }))
}
