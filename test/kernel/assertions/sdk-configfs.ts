// The SDK's provider on configfs-tsm: `snpConfigfs`, `detect`, `attest`, and that what they give verifies.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { attest, detect, probe, snpConfigfs } from '@tresor/sdk/attest'
import { providerContract } from '@tresor/sdk/testing'
import { authenticate, parsePolicy, policyFrom, verify } from '@tresor/sdk/verify'
import { collectContract } from './contract.js'
import { reportData } from './entry.js'
import { trust } from './trust.js'
import { type Assertion, reportDirectory, type World } from './world.js'

const vmplOffset = 0x30

export const sdkConfigfs: readonly Assertion[] = [
  ...collectContract((framework) => providerContract('snp-configfs', () => snpConfigfs(), framework)),
  { name: 'detect finds configfs-tsm first', run: assertDetected },
  { name: 'evidence through configfs-tsm verifies under a policy made from it', run: assertVerified },
  { name: 'evidence through configfs-tsm is refused for another nonce', run: assertOtherNonce },
  { name: 'the certificates of the host travel with the evidence', run: assertEndorsements },
  { name: 'a report is of the level that was asked for', run: assertLevel },
  { name: 'a level below the floor is refused before the firmware is asked', run: assertBelowFloor },
  { name: 'no entry is left behind', run: assertNothingLeft }
]

/** For a driver of another kind, and for none. */
export const sdkWithoutSnp: readonly Assertion[] = [
  { name: 'snpConfigfs says that there is no SNP driver', run: assertMissing },
  { name: 'probe gives a reason and a remedy for configfs-tsm', run: assertReason },
  { name: 'no entry is left behind', run: assertNothingLeft }
]

async function assertDetected(): Promise<void> {
  const { kind, provider } = await detect()
  assert.deepEqual([kind, provider.name, provider.simulated], ['snp', 'snp-configfs', false])
}

async function assertVerified(world: World): Promise<void> {
  const nonce = Buffer.from(world.signedNonce, 'hex')
  const evidence = await attest(snpConfigfs(), { nonce })
  const policy = parsePolicy(policyFrom(await authenticate(evidence, trust(world))))
  const { claims } = await verify(evidence, { policy, nonce, ...trust(world) })
  assert.equal(claims.vmpl, world.privlevelFloor)
}

async function assertOtherNonce(world: World): Promise<void> {
  const evidence = await attest(snpConfigfs(), { nonce: Buffer.from(world.signedNonce, 'hex') })
  const policy = parsePolicy(policyFrom(await authenticate(evidence, trust(world))))
  const attempt = verify(evidence, { policy, nonce: reportData(20), ...trust(world) })
  await assert.rejects(attempt, { code: 'ERR_POLICY_REPORT_DATA' })
}

async function assertEndorsements(): Promise<void> {
  const { endorsements } = await snpConfigfs().collect({ reportData: reportData(21) })
  const types = endorsements.map(({ mediaType }) => mediaType)
  assert.deepEqual(types, ['application/pkix-cert', 'application/pkix-cert', 'application/pkix-cert'])
}

async function assertLevel(): Promise<void> {
  const { bytes } = await snpConfigfs({ vmpl: 3 }).collect({ reportData: reportData(22) })
  assert.equal(bytes[vmplOffset], 3)
}

async function assertBelowFloor({ privlevelFloor }: World): Promise<void> {
  if (privlevelFloor === 0) return
  const attempt = snpConfigfs({ vmpl: privlevelFloor - 1 }).collect({ reportData: reportData(23) })
  await assert.rejects(attempt, { code: 'ERR_DEVICE_REFUSED' })
}

async function assertMissing(): Promise<void> {
  const attempt = snpConfigfs().collect({ reportData: reportData(24) })
  await assert.rejects(attempt, { code: 'ERR_DEVICE_MISSING' })
}

async function assertReason(): Promise<void> {
  const { others } = await probe()
  const other = others.find(({ name }) => name === 'snp-configfs')
  assert.equal(other?.code, 'ERR_DEVICE_MISSING')
  assert.match(other?.remedy ?? '', /\w/)
}

function assertNothingLeft(): void {
  assert.deepEqual(readdirSync(reportDirectory), [])
}
