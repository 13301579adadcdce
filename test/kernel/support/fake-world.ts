// A world with the fake AMD behind it: its certificates, its root, and the answers to whoever asks in it.
import { createHash } from 'node:crypto'
import { type FakeAmd, fakeAmd } from '@tresor/sdk/testing'
import { encodeAttestBinding } from '../../../packages/sdk/src/evidence/index.js'
import { type World, type WorldName, worldShapes } from '../assertions/world.js'

export interface FakeWorld {
  readonly world: World
  readonly amd: FakeAmd
  /** The report data of `attest` with the nonce of the world. */
  readonly signedReportData: Uint8Array
}

const now = '2026-06-01T00:00:00Z'
const nonce = new Uint8Array(32).fill(0x5a)

export async function createFakeWorld(name: WorldName): Promise<FakeWorld> {
  const amd = await fakeAmd()
  const { product, spki } = amd.root
  const world: World = {
    ...worldShapes[name],
    certificateTableBytes: amd.certificateTable.length,
    signedNonce: Buffer.from(nonce).toString('hex'),
    root: { product, spki: Buffer.from(spki).toString('hex') },
    now
  }
  const signedReportData = createHash('sha512').update(encodeAttestBinding(nonce)).digest()
  return { world, amd, signedReportData: new Uint8Array(signedReportData) }
}
