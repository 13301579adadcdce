// The SDK's provider for TDX on configfs-tsm: `tdxConfigfs`, `detect`, `attest`, and that what they give verifies.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { attest, detect, probe, tdxConfigfs } from '@tresor/sdk/attest'
import { providerContract } from '@tresor/sdk/testing'
import { authenticate, parsePolicy, verify } from '@tresor/sdk/verify'
import { collectContract } from './contract.js'
import { reportData } from './entry.js'
import { trust } from './trust.js'
import { type Assertion, paddedQuoteBytes, reportDirectory, type World } from './world.js'

const policy = parsePolicy({ anyOf: [{ kind: 'tdx', mrTd: 'any', rtmr: 'any' }] })

export const sdkTdxConfigfs: readonly Assertion[] = [
  ...collectContract((framework) => providerContract('tdx-configfs', () => tdxConfigfs(), framework)),
  { name: 'detect finds the TD', run: assertDetected },
  { name: 'a quote through configfs-tsm verifies, with what the vendor publishes', run: assertVerified },
  { name: 'a quote through configfs-tsm is refused for another nonce', run: assertOtherNonce },
  { name: 'a quote comes without the padding of its buffer', run: assertCut },
  { name: 'no entry is left behind by the provider for TDX', run: assertNothingLeft }
]

/** For a driver of another kind. */
export const sdkWithoutTdx: readonly Assertion[] = [
  { name: 'tdxConfigfs says that there is no TDX driver', run: assertMissing },
  { name: 'probe names the driver that is there instead of that of TDX', run: assertReason }
]

async function assertDetected(): Promise<void> {
  const { kind, provider } = await detect()
  assert.deepEqual([kind, provider.name, provider.simulated], ['tdx', 'tdx-configfs', false])
}

async function assertVerified(world: World): Promise<void> {
  const evidence = await attestFor(world)
  const { tcb } = await authenticate(evidence, trust(world))
  assert.equal(tcb.status, 'UpToDate')
  await verify(evidence, { policy, nonce: nonceOf(world), ...trust(world) })
}

async function assertOtherNonce(world: World): Promise<void> {
  const attempt = verify(await attestFor(world), { policy, nonce: reportData(20), ...trust(world) })
  await assert.rejects(attempt, { code: 'ERR_POLICY_REPORT_DATA' })
}

async function assertCut(): Promise<void> {
  const { bytes } = await tdxConfigfs().collect({ reportData: reportData(21) })
  assert.ok(bytes.length < paddedQuoteBytes)
}

async function assertMissing(): Promise<void> {
  const attempt = tdxConfigfs().collect({ reportData: reportData(22) })
  await assert.rejects(attempt, { code: 'ERR_DEVICE_MISSING' })
}

async function assertReason(world: World): Promise<void> {
  const { others } = await probe()
  const other = others.find(({ name }) => name === 'tdx-configfs')
  assert.match(other?.reason ?? '', new RegExp(world.provider))
}

function assertNothingLeft(): void {
  assert.deepEqual(readdirSync(reportDirectory), [])
}

function attestFor(world: World): Promise<Uint8Array> {
  const endorsements = world.endorsements.map(({ mediaType, bytes }) => ({
    mediaType,
    bytes: new Uint8Array(Buffer.from(bytes, 'hex'))
  }))
  return attest(tdxConfigfs(), { nonce: nonceOf(world), endorsements })
}

function nonceOf({ signedNonce }: World): Uint8Array {
  return Buffer.from(signedNonce, 'hex')
}
