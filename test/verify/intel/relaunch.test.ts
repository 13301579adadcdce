// A TD 1.5 is rated twice: by the module that it was launched on, and by the one that it runs on.
// Intel's quote verification library, Checks/TcbLevelCheck.cpp and Checks/TDRelaunchCheck.cpp.
import { type Appraisal, authenticate, createCollateral } from '@tresor/sdk/verify'
import { expect, test } from 'vitest'
import { type FakeIntelOptions, fakeIntel } from '../../../packages/sdk/src/testing/index.js'

const now = new Date('2026-01-01T00:00:00Z')
const reportData = new Uint8Array(64)

/** Byte 0 is the minor SVN of the module, byte 1 its major version, byte 2 the SVN of its loader. */
function svn(minor: number, major = 1): Uint8Array {
  return Uint8Array.of(minor, major, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
}

async function judge(options: FakeIntelOptions, teeTcbSvn: Uint8Array, teeTcbSvn2: Uint8Array): Promise<Appraisal> {
  const intel = await fakeIntel({ ...options, td: { version: 5 }, now })
  const evidence = intel.tdxEvidence(reportData, { fields: { teeTcbSvn, teeTcbSvn2 } })
  const collateral = createCollateral({ offline: true })
  return authenticate(evidence, { now, collateral, unsafeExtraRoots: [intel.root] })
}

test('an old launch on a newer module is advised to relaunch', async () => {
  await expect(judge({}, svn(4), svn(6))).resolves.toMatchObject({ tcb: { status: 'TdRelaunchAdvised' } })
})

test('a new launch on an older module keeps the status of its launch', async () => {
  await expect(judge({}, svn(6), svn(4))).resolves.toMatchObject({ tcb: { status: 'UpToDate' } })
})

test.each([
  ['the module of now is below every level', svn(6), svn(3)],
  ['the module of now is of an unknown version', svn(6), svn(6, 9)],
  ['the module of the launch is below every level', svn(3), svn(6)]
] as const)('is refused where %s', async (_, launch, current) => {
  await expect(judge({}, launch, current)).rejects.toMatchObject({ code: 'ERR_TCB_UNSUPPORTED' })
})

test('a relaunch does not help where the quoting enclave is out of date', async () => {
  const judged = judge({ qeStatus: 'OutOfDate' }, svn(4), svn(6))
  await expect(judged).resolves.toMatchObject({ tcb: { status: 'OutOfDate' } })
})
