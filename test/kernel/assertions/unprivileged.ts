// A user without rights, in a guest that has the devices: each interface says what is missing, and locked memory works all the same.
import assert from 'node:assert/strict'
import { probe, snpConfigfs, snpDevice } from '@tresor/sdk/attest'
import { addonMemory } from './addon-machine.js'
import { reportData } from './entry.js'
import type { Assertion } from './world.js'

export const unprivileged: readonly Assertion[] = [
  ...addonMemory,
  { name: 'the device refuses, and the error says so', run: () => assertRefused(snpDevice()) },
  { name: 'configfs-tsm refuses, and the error says so', run: () => assertRefused(snpConfigfs()) },
  { name: 'probe names the remedy for each', run: assertRemedies }
]

async function assertRefused(provider: ReturnType<typeof snpConfigfs>): Promise<void> {
  assert.notEqual(process.getuid?.(), 0)
  await assert.rejects(provider.collect({ reportData: reportData(40) }), { code: 'ERR_DEVICE_PERMISSION' })
}

async function assertRemedies(): Promise<void> {
  const { tee, others } = await probe()
  assert.equal(tee, undefined)
  const snp = others.filter(({ kind }) => kind === 'snp')
  assert.deepEqual(
    snp.map(({ name, code }) => [name, code]),
    [
      ['snp-configfs', 'ERR_DEVICE_PERMISSION'],
      ['snp-device', 'ERR_DEVICE_PERMISSION']
    ]
  )
  assert.ok(snp.every(({ remedy }) => remedy.length > 0))
}
