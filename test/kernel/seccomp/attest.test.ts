import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type EmulatedSevGuest, emulateSevGuest, type FakeAmd, fakeAmd } from '@tresor/sdk/testing'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Outcome, parseOutcomes } from '../assertions/outcomes.js'
import { bundleProgram } from '../support/bundle-program.js'
import { createFakeWorld } from '../support/fake-world.js'
import { deviceBelowParavisor, deviceOfGuest } from './device-assertions.js'
import { failWith, type KernelHandlers, type SevGuestHandlers } from './handlers.js'
import { describeUnderSupervisor, runUnderSupervisor } from './run.js'

const groups = { snp: deviceOfGuest, svsm: deviceBelowParavisor } as const

describeUnderSupervisor('the SDK on an emulated /dev/sev-guest', () => {
  let program = ''
  beforeAll(async () => {
    program = await bundleProgram(join(import.meta.dirname, 'device.program.ts'), 'device')
  })

  describe.each(['snp', 'svsm'] as const)('in the world %s', (name) => {
    let outcomes: readonly Outcome[] | undefined
    beforeAll(async () => {
      outcomes = await runWorld(name, program)
    })

    it.each(groups[name].map((assertion) => assertion.name))('%s', (assertion) => {
      const outcome = outcomes?.find((candidate) => candidate.assertion === assertion)
      expect(outcome, 'the program came to its end').toBeDefined()
      expect(outcome?.failure).toBeUndefined()
    })
  })
})

describeUnderSupervisor('a device that does not answer as it should', () => {
  let program = ''
  let amd: FakeAmd
  beforeAll(async () => {
    program = await bundleProgram(join(import.meta.dirname, 'attest-once.program.ts'), 'attest-once')
    amd = await fakeAmd()
  })

  async function attestOnce(handlers: KernelHandlers, ...args: readonly string[]): Promise<unknown> {
    const run = await runUnderSupervisor(importOf(program), handlers, { args })
    expect(run).toMatchObject({ code: 0, stderr: '' })
    return JSON.parse(run.stdout)
  }

  const device = (): EmulatedSevGuest => emulateSevGuest(amd.platform, amd.certificateTable)
  const failing = (...failure: Parameters<typeof failWith>): KernelHandlers => ({
    sevGuest: { getExtendedReport: () => failWith(...failure), getReport: () => failWith(...failure) }
  })

  it('is missing', async () => {
    const handlers: KernelHandlers = { nsm: { request: () => ({}) } }
    expect(await attestOnce(handlers)).toMatchObject({ code: 'ERR_DEVICE_MISSING', details: { errno: 'ENOENT' } })
  })

  it.each<[string, Parameters<typeof failWith>, object]>([
    ['has lost its key', ['ENOTTY'], { code: 'ERR_DEVICE_KEY_LOST' }],
    ['is throttled by its host', ['EIO', { vmmError: 2 }], { code: 'ERR_DEVICE_BUSY', details: { vmmError: 2 } }],
    ['is busy', ['EAGAIN'], { code: 'ERR_DEVICE_BUSY' }],
    [
      'has a firmware that refuses',
      ['EIO', { fwError: 0x16 }],
      { code: 'ERR_DEVICE_REFUSED', details: { fwError: 0x16 } }
    ],
    ['has a host that refuses', ['EIO', { vmmError: 9 }], { code: 'ERR_DEVICE_REFUSED', details: { vmmError: 9 } }]
  ])('%s', async (_, failure, expected) => {
    expect(await attestOnce(failing(...failure))).toMatchObject(expected)
  })

  it('has a host with more certificates than the driver takes: the report comes without them', async () => {
    const sevGuest: SevGuestHandlers = {
      ...device(),
      getExtendedReport: () => ({ ...failWith('EIO', { vmmError: 1 }), certificatesLength: 0x8000 })
    }
    expect(await attestOnce({ sevGuest })).toEqual({ endorsements: 0 })
  })

  it('has a host without certificates', async () => {
    expect(await attestOnce({ sevGuest: emulateSevGuest(amd.platform, new Uint8Array(0)) })).toEqual({
      endorsements: 0
    })
  })

  it('answers another question', async () => {
    const honest = device()
    const sevGuest: SevGuestHandlers = {
      getExtendedReport: (request, length) => honest.getExtendedReport(request.slice().fill(1, 0, 64), length)
    }
    expect(await attestOnce({ sevGuest })).toMatchObject({
      code: 'ERR_DEVICE_RESPONSE',
      details: { field: 'reportData' }
    })
  })

  it('puts a status into its answer', async () => {
    const sevGuest: SevGuestHandlers = {
      getExtendedReport: () => ({ response: new Uint8Array(4000).fill(0x27, 0, 1) })
    }
    expect(await attestOnce({ sevGuest })).toMatchObject({ code: 'ERR_DEVICE_REFUSED', details: { status: 0x27 } })
  })

  it('is slow: the caller stops waiting, the request runs to its end', async () => {
    const honest = device()
    let answered = false
    const sevGuest: SevGuestHandlers = {
      getExtendedReport: async (request, length) => {
        await new Promise((resolve) => setTimeout(resolve, 400))
        answered = true
        return honest.getExtendedReport(request, length)
      }
    }
    expect(await attestOnce({ sevGuest }, '100')).toMatchObject({ code: 'ERR_ABORTED' })
    expect(answered).toBe(true)
  })
})

async function runWorld(name: keyof typeof groups, program: string): Promise<readonly Outcome[] | undefined> {
  const { world } = await createFakeWorld(name)
  const amd = await fakeAmd({ guest: { vmpl: world.privlevelFloor } })
  const directory = await mkdtemp(join(tmpdir(), 'tresor-world-'))
  const file = join(directory, 'world.json')
  await writeFile(file, JSON.stringify(world))
  const handlers: KernelHandlers = { sevGuest: emulateSevGuest(amd.platform, amd.certificateTable) }
  const run = await runUnderSupervisor(importOf(program), handlers, { args: ['device', file] })
  await rm(directory, { recursive: true })
  const outcomes = parseOutcomes(run.stdout, name)
  if (outcomes === undefined) throw new Error(`world ${name}: exit code ${run.code}\n${run.stdout}\n${run.stderr}`)
  return outcomes
}

function importOf(program: string): string {
  return `await import(${JSON.stringify(pathToFileURL(program).href)})`
}
