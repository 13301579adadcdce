// Reports and certificates that a fake AMD signs, also those that no firmware would write: only the rules decide then, and not
// the signature.
import { createHash, type KeyObject, sign } from 'node:crypto'
import { signingKeyOf } from '../../../packages/sdk/src/attest/simulator/index.js'
import { snpSignatureOffset } from '../../../packages/sdk/src/evidence/index.js'
import { type FakeAmd, type FakeAmdOptions, fakeAmd } from '../../../packages/sdk/src/testing/index.js'

export interface World {
  readonly name: string
  readonly amd: FakeAmd
  readonly key: KeyObject
  /** The certificate of that key. */
  readonly leaf: Uint8Array
  readonly report: Uint8Array
}

const guests: readonly NonNullable<FakeAmdOptions['guest']>[] = [
  { product: 'Milan', version: 2 },
  { product: 'Milan', version: 3 },
  { product: 'Milan', version: 3, signingKey: 'VLEK' },
  { product: 'Genoa', version: 3 },
  { product: 'Genoa', version: 5 },
  { product: 'Turin', version: 5 }
]

export const worldTime: Date = new Date('2026-01-01T00:00:00Z')

export function createWorlds(): Promise<readonly World[]> {
  return Promise.all(guests.map(createWorld))
}

async function createWorld(guest: NonNullable<FakeAmdOptions['guest']>): Promise<World> {
  const amd = await fakeAmd({ guest, now: worldTime })
  const reportData = new Uint8Array(createHash('sha512').update(JSON.stringify(guest)).digest())
  return {
    name: `${amd.guest.product} v${amd.guest.version} ${amd.guest.signingKey}`,
    amd,
    key: signingKeyOf(amd.chip, amd.guest),
    leaf: amd.certificates.leaf,
    report: amd.report(reportData)
  }
}

/** The report with a signature that holds, whatever its bytes. */
export function signAgain(report: Uint8Array, key: KeyObject): Uint8Array {
  const signed = report.slice()
  const signature = sign('sha384', signed.subarray(0, snpSignatureOffset), { key, dsaEncoding: 'ieee-p1363' })
  signed.fill(0, snpSignatureOffset, snpSignatureOffset + 144)
  signed.set(signature.subarray(0, 48).reverse(), snpSignatureOffset)
  signed.set(signature.subarray(48).reverse(), snpSignatureOffset + 72)
  return signed
}
