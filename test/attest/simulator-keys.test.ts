import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type SimulatorOptions, simulator } from '../../packages/sdk/src/attest/simulator/index.js'
import { deriveSnpKey, type SnpKeyField, type SnpKeyRequest } from '../../packages/sdk/src/attest/snp/index.js'
import { toHex } from '../../packages/sdk/src/core/index.js'

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tresor-simulator-keys-'))
})
afterAll(() => rm(directory, { recursive: true }))

const plain: SnpKeyRequest = { rootKey: 'vcek', fields: [], vmpl: 0 }
const tcb = { bootLoader: 4, tee: 1, snp: 8, microcode: 100 }
const tcbVersion = Uint8Array.of(4, 1, 0, 0, 0, 0, 8, 100)

async function derive(request: Partial<SnpKeyRequest> = {}, options: SimulatorOptions = {}): Promise<string> {
  const provider = simulator({ directory, guestSvn: 5, tcb, ...options })
  return toHex(await deriveSnpKey(provider, { ...plain, ...request }))
}

test('gives the same key again after a restart', async () => {
  const key = await derive()
  expect(key).toHaveLength(64)
  expect(await derive()).toBe(key)
})

describe.each<[SnpKeyField, SimulatorOptions]>([
  ['guestPolicy', { guestPolicy: 0x2_0000n }],
  ['imageId', { imageId: new Uint8Array(16).fill(1) }],
  ['familyId', { familyId: new Uint8Array(16).fill(1) }],
  ['measurement', { measurement: new Uint8Array(48).fill(1) }]
])('a guest with another %s', (field, other) => {
  test('gets another key when the field is selected', async () => {
    expect(await derive({ fields: [field] }, other)).not.toBe(await derive({ fields: [field] }))
  })
  test('gets the same key when it is not', async () => {
    expect(await derive({}, other)).toBe(await derive())
  })
})

test('the key depends on the selection itself', async () => {
  const keys = [await derive(), await derive({ fields: ['imageId'] }), await derive({ fields: ['familyId'] })]
  expect(new Set(keys).size).toBe(3)
})

test('the key depends on the VMPL', async () => {
  expect(await derive({ vmpl: 1 })).not.toBe(await derive({ vmpl: 0 }))
})

test('the key depends on the SVN asked for, which may be older than the guest', async () => {
  const keys = await Promise.all([4, 5].map((guestSvn) => derive({ fields: ['guestSvn'], guestSvn })))
  expect(new Set(keys).size).toBe(2)
})

test('the key depends on the TCB asked for, which may be older than the platform', async () => {
  const older = tcbVersion.with(7, 99)
  const keys = await Promise.all(
    [tcbVersion, older].map((version) => derive({ fields: ['tcbVersion'], tcbVersion: version }))
  )
  expect(new Set(keys).size).toBe(2)
})

test('another chip gives another key', async () => {
  expect(await derive({}, { directory: join(directory, 'other') })).not.toBe(await derive())
})

test.each<[string, Partial<SnpKeyRequest>, SimulatorOptions, number]>([
  ['a VMPL below its own', { vmpl: 0 }, { vmpl: 1 }, 0x16],
  ['an SVN above its own', { fields: ['guestSvn'], guestSvn: 6 }, {}, 0x16],
  ['a component of the TCB above its own', { fields: ['tcbVersion'], tcbVersion: tcbVersion.with(6, 9) }, {}, 0x16],
  ['a mitigation that it was not launched with', { fields: ['launchMitVector'], launchMitVector: 1n }, {}, 0x16],
  ['the root of a migration agent that it does not have', { rootKey: 'vmrk' }, {}, 0x27]
])('refuses a guest that asks for %s', async (_, request, options, status) => {
  await expect(derive(request, options)).rejects.toMatchObject({ code: 'ERR_DEVICE_REFUSED', details: { status } })
})

test.each<[string, object]>([
  ['an unknown root', { rootKey: 'vlek' }],
  ['an unknown field', { fields: ['color'] }],
  ['fields that are no array', { fields: 'measurement' }],
  ['an SVN that is not selected', { guestSvn: 1 }],
  ['a selected SVN that is missing', { fields: ['guestSvn'] }],
  ['a TCB of another length', { fields: ['tcbVersion'], tcbVersion: new Uint8Array(7) }],
  ['a vector that is no bigint', { fields: ['launchMitVector'], launchMitVector: 1 }],
  ['no VMPL', { vmpl: undefined }],
  ['an unknown option', { colour: 1 }]
])('refuses a wrong request before it reaches the firmware: %s', async (_, request) => {
  await expect(derive(request as Partial<SnpKeyRequest>)).rejects.toMatchObject({ code: 'ERR_USAGE_OPTION' })
})
