import { constants } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { describeAddon, programOf, reportFor, runAddon } from './addon-program.js'
import { type KernelHandlers, reportResponse, type SevGuestHandlers } from './handlers.js'
import { runUnderSupervisor } from './run.js'

/** Starts a worker whose source has `addon` and `parentPort` at hand. */
const withWorkers = `
  const { Worker } = await import('node:worker_threads')
  const start = (source) => new Worker("const { parentPort } = require('node:worker_threads'); import('@tresor/native').then(async (addon) => {" +
    source + "})", { eval: true, execArgv: [] })
  const message = (worker) => new Promise((resolve, reject) => { worker.once('message', resolve); worker.once('error', reject) })
`

describeAddon('requests of several threads', () => {
  it('get each their own answer, and never meet in one device', async () => {
    const guest = slowGuest(0)
    const body = `${withWorkers}
      const source = (id) => "const bad = []; await Promise.all(Array.from({ length: 60 }, async (_, i) => {" +
        "const reportData = new Uint8Array(64).fill(i + 60 * " + id + "); const report = await addon.snpReport({ reportData, vmpl: 0 });" +
        "if (Buffer.compare(report.subarray(0x50, 0x90), reportData) !== 0) bad.push(i) })); parentPort.postMessage(bad.length)"
      const workers = [1, 2, 3].map((id) => message(start(source(id))))
      const here = Array.from({ length: 60 }, (_, i) => addon.snpReport({ reportData: data(i), vmpl: 0 }).then((report) => report[0x50] === i))
      return [await Promise.all(workers), (await Promise.all(here)).every(Boolean)]`
    expect(await runAddon(body, { sevGuest: guest })).toEqual([[0, 0, 0], true])
    expect(guest.counts).toEqual({ begun: 240, ended: 240, most: 1 })
  })

  it('are answered in the order of one thread', async () => {
    const seen: (number | undefined)[] = []
    const getReport: SevGuestHandlers['getReport'] = async (request) => {
      seen.push(request[0])
      await sleep(seen.length % 3)
      return reportResponse(reportFor(request))
    }
    const body = `await Promise.all(Array.from({ length: 20 }, (_, i) => addon.snpReport({ reportData: data(i), vmpl: 0 }))); return null`
    await runAddon(body, { sevGuest: { getReport } })
    expect(seen).toEqual(Array.from({ length: 20 }, (_, index) => index))
  })

  it('hold up neither other devices nor the file system', async () => {
    const body = `
      const { readFile } = await import('node:fs/promises')
      const order = []
      const slow = Array.from({ length: 8 }, (_, i) => addon.snpReport({ reportData: data(i), vmpl: 0 }).then(() => order.push('snp')))
      await Promise.all([
        addon.tdxReport({ reportData: data(1) }).then(() => order.push('tdx')),
        addon.nsmRequest({ request: data(1) }).then(() => order.push('nsm')),
        readFile('package.json').then(() => order.push('file'))
      ])
      const before = [...order].sort()
      await Promise.all(slow)
      return [before, order.length]`
    const handlers: KernelHandlers = {
      sevGuest: slowGuest(60),
      tdxGuest: { getReport: () => ({ report: new Uint8Array(1024) }) },
      nsm: { request: () => ({ response: new Uint8Array(1) }) }
    }
    expect(await runAddon(body, handlers)).toEqual([['file', 'nsm', 'tdx'], 11])
  })

  it('do not stop the event loop', async () => {
    const body = `
      let ticks = 0
      const timer = setInterval(() => ticks++, 5)
      await addon.snpReport({ reportData: data(1), vmpl: 0 })
      clearInterval(timer)
      return ticks > 3`
    expect(await runAddon(body, { sevGuest: slowGuest(150) })).toBe(true)
  })
})

describeAddon('a request that has been sent', () => {
  it('is ended when its worker is terminated, and those behind it are not begun', async () => {
    const guest = slowGuest(150)
    const body = `${withWorkers}
      const worker = start("for (let i = 0; i < 5; i++) addon.snpReport({ reportData: new Uint8Array(64), vmpl: 0 }).catch(() => 0); parentPort.postMessage(0)")
      await message(worker)
      await worker.terminate()
      const own = await addon.snpReport({ reportData: data(4), vmpl: 0 })
      return own[0x50]`
    expect(await runAddon(body, { sevGuest: guest })).toBe(4)
    expect(guest.counts).toEqual({ begun: 2, ended: 2, most: 1 })
  })

  it('is ended when the process exits', async () => {
    const guest = slowGuest(200)
    const body = `addon.snpReport({ reportData: data(1), vmpl: 0 }); setTimeout(() => process.exit(3), 50); return null`
    const { code } = await runUnderSupervisor(programOf(body), { sevGuest: guest })
    expect(code).toBe(3)
    expect(guest.counts).toEqual({ begun: 1, ended: 1, most: 1 })
  })

  it('is broken off by nothing less than SIGKILL', async () => {
    const guest = slowGuest(100)
    const body = `process.on('SIGUSR2', () => 0)
      const report = addon.snpReport({ reportData: data(6), vmpl: 0 })
      for (let i = 0; i < 10; i++) { process.kill(process.pid, 'SIGUSR2'); await new Promise((resolve) => setTimeout(resolve, 5)) }
      return (await report)[0x50]`
    expect(await runAddon(body, { sevGuest: guest })).toBe(6)
    const killed = await runUnderSupervisor(programOf(`process.kill(process.pid, 'SIGKILL')`), { sevGuest: guest })
    expect(killed).toMatchObject({ code: null, signal: 'SIGKILL' })
  })

  it('fails alone: the next one is sent', async () => {
    let count = 0
    const getReport: SevGuestHandlers['getReport'] = (request) =>
      count++ === 0 ? { errno: constants.errno.EIO } : reportResponse(reportFor(request))
    const body = `const all = [1, 2, 3].map((byte) => addon.snpReport({ reportData: data(byte), vmpl: 0 }))
      return (await Promise.allSettled(all)).map(({ status }) => status)`
    expect(await runAddon(body, { sevGuest: { getReport } })).toEqual(['rejected', 'fulfilled', 'fulfilled'])
  })
})

/** Counts what it is asked, and how much of it at once. */
function slowGuest(delayMs: number) {
  const counts = { begun: 0, ended: 0, most: 0 }
  const getReport: SevGuestHandlers['getReport'] = async (request) => {
    counts.begun++
    counts.most = Math.max(counts.most, counts.begun - counts.ended)
    await (delayMs === 0 ? new Promise(setImmediate) : sleep(delayMs))
    counts.ended++
    return reportResponse(reportFor(request))
  }
  return { counts, getReport }
}
