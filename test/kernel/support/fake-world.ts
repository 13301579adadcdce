// A world with a fake vendor behind it, AMD or Intel: its root, and the answers to whoever asks in it.
import { createHash } from 'node:crypto'
import { type FakeAmd, type FakeIntel, fakeAmd, fakeIntel } from '@tresor/sdk/testing'
import { encodeAttestBinding } from '../../../packages/sdk/src/evidence/index.js'
import { type World, type WorldName, worldShapes } from '../assertions/world.js'

export interface FakeWorld {
  readonly world: World
  readonly amd: FakeAmd
  readonly intel: FakeIntel
  /** The report data of `attest` with the nonce of the world. */
  readonly signedReportData: Uint8Array
}

const now = '2026-06-01T00:00:00Z'
const nonce = new Uint8Array(32).fill(0x5a)

export async function createFakeWorld(name: WorldName): Promise<FakeWorld> {
  const [amd, intel] = await Promise.all([fakeAmd(), fakeIntel()])
  const isTdx = worldShapes[name].provider === 'tdx_guest'
  const { product, spki } = isTdx ? intel.root : amd.root
  const world: World = {
    ...worldShapes[name],
    certificateTableBytes: amd.certificateTable.length,
    signedNonce: Buffer.from(nonce).toString('hex'),
    root: { product, spki: Buffer.from(spki).toString('hex') },
    endorsements: (isTdx ? intel.endorsements('tdx') : []).map(({ mediaType, bytes }) => ({
      mediaType,
      bytes: Buffer.from(bytes).toString('hex')
    })),
    now
  }
  const signedReportData = createHash('sha512').update(encodeAttestBinding(nonce)).digest()
  return { world, amd, intel, signedReportData: new Uint8Array(signedReportData) }
}
