// The SDK's provider on /dev/sev-guest: `snpDevice`, `detect`, `attest`, derived keys, and that what they give verifies.
import assert from 'node:assert/strict'
import { attest, deriveSnpKey, detect, type SnpKeyRequest, snpDevice } from '@tresor/sdk/attest'
import { providerContract } from '@tresor/sdk/testing'
import { authenticate, parsePolicy, policyFrom, verify } from '@tresor/sdk/verify'
import { collectContract } from '../assertions/contract.js'
import { reportData } from '../assertions/entry.js'
import type { Assertion, World } from '../assertions/world.js'

const vmplOffset = 0x30

export const deviceOfGuest: readonly Assertion[] = [
  ...collectContract((framework) => providerContract('snp-device', () => snpDevice(), framework)),
  { name: 'detect finds the device', run: assertDetected },
  { name: 'evidence through the device verifies under a policy made from it', run: assertVerified },
  { name: 'the certificates of the host travel with the evidence', run: assertEndorsements },
  { name: 'a report through the device is of the level that was asked for', run: assertLevel },
  { name: 'the same key is derived again', run: assertSameKey },
  { name: 'another selection of fields derives another key', run: assertOtherKey },
  { name: 'a key above the limits of the launch is refused with the status of the firmware', run: assertRefusedKey },
  { name: 'reports and keys at once do not disturb each other', run: assertTogether }
]

/** For a guest whose paravisor has the lower levels. */
export const deviceBelowParavisor: readonly Assertion[] = [
  { name: 'a report of a level of the paravisor is refused with the status of the firmware', run: assertRefusedLevel },
  { name: 'a key of a level of the paravisor is refused with the status of the firmware', run: assertRefusedKeyLevel },
  { name: 'a report through the device is of the level that was asked for', run: assertLevel },
  { name: 'the same key is derived again', run: assertSameKey },
  { name: 'reports and keys at once do not disturb each other', run: assertTogether }
]

const plain: SnpKeyRequest = { rootKey: 'vcek', fields: ['measurement'], vmpl: 0 }

async function assertDetected(): Promise<void> {
  const { provider, others } = await detect()
  assert.equal(provider.name, 'snp-device')
  assert.ok(others.some(({ name }) => name === 'snp-configfs'))
}

async function assertVerified(world: World): Promise<void> {
  const nonce = Buffer.from(world.signedNonce, 'hex')
  const evidence = await attest(snpDevice(), { nonce })
  const policy = parsePolicy(policyFrom(await authenticate(evidence, trust(world))))
  const { simulated } = await verify(evidence, { policy, nonce, ...trust(world) })
  assert.equal(simulated, false)
  const attempt = verify(evidence, { policy, nonce: reportData(40), ...trust(world) })
  await assert.rejects(attempt, { code: 'ERR_POLICY_REPORT_DATA' })
}

async function assertEndorsements(): Promise<void> {
  const { endorsements } = await snpDevice().collect({ reportData: reportData(41) })
  assert.equal(endorsements.length, 3)
}

async function assertLevel(): Promise<void> {
  const { bytes } = await snpDevice({ vmpl: 3 }).collect({ reportData: reportData(42) })
  assert.equal(bytes[vmplOffset], 3)
}

async function assertRefusedLevel({ privlevelFloor }: World): Promise<void> {
  const attempt = snpDevice({ vmpl: privlevelFloor - 1 }).collect({ reportData: reportData(43) })
  await assert.rejects(attempt, refusal(0x16))
}

async function assertRefusedKeyLevel({ privlevelFloor }: World): Promise<void> {
  await assert.rejects(deriveSnpKey(snpDevice(), { ...plain, vmpl: privlevelFloor - 1 }), refusal(0x16))
}

async function assertSameKey({ privlevelFloor: vmpl }: World): Promise<void> {
  const key = await deriveSnpKey(snpDevice(), { ...plain, vmpl })
  assert.equal(key.length, 32)
  assert.deepEqual(await deriveSnpKey(snpDevice(), { ...plain, vmpl }), key)
}

async function assertOtherKey({ privlevelFloor: vmpl }: World): Promise<void> {
  const key = await deriveSnpKey(snpDevice(), { ...plain, vmpl })
  assert.notDeepEqual(await deriveSnpKey(snpDevice(), { ...plain, vmpl, fields: ['imageId'] }), key)
}

async function assertRefusedKey({ privlevelFloor: vmpl }: World): Promise<void> {
  const request: SnpKeyRequest = { ...plain, vmpl, fields: ['guestSvn'], guestSvn: 0xffff_ffff }
  await assert.rejects(deriveSnpKey(snpDevice(), request), refusal(0x16))
}

async function assertTogether({ privlevelFloor: vmpl }: World): Promise<void> {
  const provider = snpDevice({ vmpl })
  const request = { ...plain, vmpl }
  const key = await deriveSnpKey(provider, request)
  const rounds = Array.from({ length: 5 }, (_, i) => reportData(50 + i))
  const reports = rounds.map(async (data) => {
    const { bytes } = await provider.collect({ reportData: data })
    assert.deepEqual(Buffer.from(bytes.slice(0x50, 0x90)), data)
  })
  const keys = rounds.map(async () => assert.deepEqual(await provider.deriveKey(request), key))
  await Promise.all([...reports, ...keys])
}

/** How `assert.rejects` recognises a refusal of the firmware. */
function refusal(status: number): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof Error && 'code' in error && 'details' in error)
    assert.equal(error.code, 'ERR_DEVICE_REFUSED')
    assert.equal((error.details as { readonly status?: number }).status, status) // details are plain data
    return true
  }
}

function trust({ root, now }: World): NonNullable<Parameters<typeof authenticate>[1]> {
  return {
    unsafeExtraRoots: [{ product: root.product, spki: new Uint8Array(Buffer.from(root.spki, 'hex')) }],
    now: new Date(now)
  }
}
