// The files that one boot needs: a world for each run of the program, and the answers that the module gives.
import { paddedQuoteBytes, type World } from '../assertions/world.js'
import { createFakeWorld, type FakeWorld } from '../support/fake-world.js'
import type { GuestFile } from './guest-image.js'

/** Runs that see what `snp` sees, and assert other things. */
const sharingSnp = [{ name: 'device' }, { name: 'unprivileged', uid: 65_534 }, { name: 'machine' }] as const

export async function createGuestFiles(): Promise<GuestFile[]> {
  const [snp, svsm, tdx, none] = await Promise.all([
    createFakeWorld('snp'),
    createFakeWorld('svsm'),
    createFakeWorld('tdx'),
    createFakeWorld('none')
  ])
  const worlds = [snp, svsm, tdx, none].map(({ world }) => world)
  const shared = sharingSnp.map((difference) => ({ ...snp.world, ...difference }))
  return [
    ...[...worlds, ...shared].map(fileOf),
    { path: 'lib/firmware/tresor-tee.bin', bytes: encodeAnswers(snp, [0, svsm.world.privlevelFloor]) },
    { path: 'lib/firmware/tresor-tdx.bin', bytes: encodeQuote(tdx) }
  ]
}

function fileOf(world: World): GuestFile {
  return { path: `worlds/${world.name}.json`, bytes: JSON.stringify(world) }
}

/** As answers.c reads it: a signed report for each of the levels. */
function encodeAnswers({ amd, signedReportData }: FakeWorld, levels: readonly number[]): Uint8Array {
  const reports = levels.map((vmpl) => amd.report(signedReportData, { vmpl }))
  const head = Buffer.alloc(8)
  head.writeUInt32LE(reports.length, 0)
  head.writeUInt32LE(amd.certificateTable.length, 4)
  return Buffer.concat([head, ...reports, amd.certificateTable])
}

/** As quote.c reads it. */
function encodeQuote({ intel, signedReportData }: FakeWorld): Uint8Array {
  return intel.tdxQuote(signedReportData, { paddedBytes: paddedQuoteBytes })
}
