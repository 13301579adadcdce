import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { type EmulatedTdxGuest, emulateTdxGuest, type FakeIntel, fakeIntel } from '@tresor/sdk/testing'
import { authenticate } from '@tresor/sdk/verify'
import { beforeAll, expect, it } from 'vitest'
import { parseOutcomes } from '../assertions/outcomes.js'
import { bundleProgram } from '../support/bundle-program.js'
import { createFakeWorld } from '../support/fake-world.js'
import { failWith, type KernelHandlers, type VsockHandlers } from './handlers.js'
import { describeUnderSupervisor, runUnderSupervisor } from './run.js'

const now = new Date('2026-06-01T00:00:00Z')

describeUnderSupervisor('the SDK on an emulated /dev/tdx_guest, with a service on the host', () => {
  let program = ''
  let intel: FakeIntel
  let guest: EmulatedTdxGuest
  beforeAll(async () => {
    program = await bundleProgram(join(import.meta.dirname, 'tdx-once.program.ts'), 'tdx-once')
    intel = await fakeIntel()
    guest = emulateTdxGuest(intel)
  })

  const honest = (): KernelHandlers => ({
    tdxGuest: { getReport: (reportData) => ({ report: guest.getReport(reportData) }) },
    vsock: serviceOf((request) => guest.answerQuoteRequest(request))
  })

  async function attestOnce(handlers: KernelHandlers): Promise<unknown> {
    const run = await runUnderSupervisor(importOf(program), handlers)
    expect(run).toMatchObject({ code: 0, stderr: '' })
    return JSON.parse(run.stdout)
  }

  it('gives a genuine quote over the report data', async () => {
    const { quote } = (await attestOnce(honest())) as { readonly quote: string } // the program's line
    const bytes = new Uint8Array(Buffer.from(quote, 'base64'))
    const evidence = { kind: 'tdx', bytes, endorsements: intel.endorsements('tdx') } as const
    const { claims } = await authenticate(evidence, { unsafeExtraRoots: [intel.root], now })
    expect(claims.reportData).toBe('2a'.repeat(64))
  })

  it('asks the host on the port, and for no other address', async () => {
    const addresses: unknown[] = []
    const { vsock, tdxGuest } = honest() as Required<Pick<KernelHandlers, 'vsock' | 'tdxGuest'>> // both are in it
    const connect: VsockHandlers['connect'] = (address) => {
      addresses.push(address)
      return 0
    }
    await attestOnce({ tdxGuest, vsock: { ...vsock, connect } })
    expect(addresses).toEqual([{ cid: 2, port: 4050 }])
  })

  it('says that the device is missing', async () => {
    const { vsock } = honest()
    expect(await attestOnce({ nsm: { request: () => ({}) }, ...(vsock === undefined ? {} : { vsock }) })).toMatchObject(
      {
        code: 'ERR_DEVICE_MISSING',
        details: { device: '/dev/tdx_guest', errno: 'ENOENT' }
      }
    )
  })

  it.each([
    ['EIO', 'ERR_DEVICE_REFUSED'],
    ['EINVAL', 'ERR_DEVICE_REFUSED'],
    ['ENOTTY', 'ERR_DEVICE_REFUSED'],
    ['EBUSY', 'ERR_DEVICE_BUSY'],
    ['EINTR', 'ERR_DEVICE_BUSY']
  ] as const)('a device that fails with %s is %s', async (errno, code) => {
    const tdxGuest = { getReport: () => failWith(errno) }
    expect(await attestOnce({ ...honest(), tdxGuest })).toMatchObject({ code, details: { errno } })
  })

  it.each(['ETIMEDOUT', 'ENODEV', 'ECONNRESET'] as const)('a host that answers %s has no service', async (errno) => {
    const vsock: VsockHandlers = { connect: () => constants.errno[errno], serve: () => undefined }
    expect(await attestOnce({ ...honest(), vsock })).toMatchObject({
      code: 'ERR_DEVICE_MISSING',
      details: { errno, port: 4050, remedy: expect.stringContaining('qgsd') }
    })
  })

  it.each<[string, (answer: Uint8Array) => Uint8Array, string]>([
    ['hangs up', (answer) => answer.slice(0, 100), 'ERR_DEVICE_MISSING'],
    ['claims 4 GiB', (answer) => answer.slice().fill(0xff, 0, 4), 'ERR_DEVICE_RESPONSE'],
    ['answers another question', (answer) => answer.with(4 + 4, 3), 'ERR_DEVICE_RESPONSE'],
    ['gives a broken quote', (answer) => answer.with(28, 9), 'ERR_DEVICE_RESPONSE'],
    [
      'refuses',
      () => Uint8Array.of(0, 0, 0, 16, 1, 0, 0, 0, 1, 0, 0, 0, 16, 0, 0, 0, 1, 0x20, 1, 0),
      'ERR_DEVICE_REFUSED'
    ]
  ])('a service that %s', async (_, change, code) => {
    const vsock = serviceOf((request) => change(guest.answerQuoteRequest(request)))
    expect(await attestOnce({ ...honest(), vsock })).toMatchObject({ code })
  })

  it('keeps the contract of providers', async () => {
    const contract = await bundleProgram(join(import.meta.dirname, 'tdx-device.program.ts'), 'tdx-device')
    const directory = await mkdtemp(join(tmpdir(), 'tresor-world-'))
    const file = join(directory, 'world.json')
    await writeFile(file, JSON.stringify((await createFakeWorld('tdx')).world))
    const run = await runUnderSupervisor(importOf(contract), honest(), { args: ['device', file] })
    await rm(directory, { recursive: true })
    const outcomes = parseOutcomes(run.stdout, 'tdx')
    expect(outcomes?.length).toBeGreaterThan(5)
    expect(outcomes?.filter(({ failure }) => failure !== undefined)).toEqual([])
  })
})

/** A service that answers one whole message on each connection, then hangs up. */
function serviceOf(answer: (request: Uint8Array) => Uint8Array): VsockHandlers {
  return {
    serve: (stream: Duplex) => {
      let received = Buffer.alloc(0)
      stream.on('data', (chunk: Buffer) => {
        received = Buffer.concat([received, chunk])
        if (received.length < 4 || received.length < 4 + received.readUInt32BE(0)) return
        stream.end(answer(new Uint8Array(received)))
      })
    }
  }
}

function importOf(program: string): string {
  return `await import(${JSON.stringify(pathToFileURL(program).href)})`
}
