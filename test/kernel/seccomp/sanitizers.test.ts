import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { root } from '../../native/addon.js'
import { describeAddon, reportFor, runAddon } from './addon-program.js'
import { failWith, type KernelHandlers, keyResponse, reportResponse } from './handlers.js'

const addon = join(root, 'packages/native/build/tresor.asan.node')
const libraries = ['libasan.so', 'libubsan.so'].map(findLibrary)
const missing = libraries.every(existsSync) ? '' : ' (skipped: no libasan: apt-get install g++ libasan8 libubsan1)'
const env = {
  LD_PRELOAD: libraries.join(':'),
  // What Node itself leaves behind at exit is not ours.
  ASAN_OPTIONS: 'detect_leaks=0:halt_on_error=1:exitcode=99',
  UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1'
}

/** Every second request fails, in turn in every way. */
function handlersOfEveryKind(): KernelHandlers {
  const failures = [failWith('EIO', { vmmError: 2 }), failWith('ENOTTY'), failWith('EINTR'), failWith('EFAULT')]
  let count = 0
  const orFail = <T extends object>(outcome: T): T | (typeof failures)[number] =>
    (count++ % 2 === 0 ? undefined : failures[(count >> 1) % failures.length]) ?? outcome
  return {
    sevGuest: {
      getReport: (request) => orFail(reportResponse(reportFor(request), { size: count % 3 === 0 ? 9999 : 1184 })),
      getExtendedReport: (request, length) =>
        length < 8192
          ? { ...failWith('EIO', { vmmError: 1 }), certificatesLength: 8192 }
          : orFail({ ...reportResponse(reportFor(request)), certificates: new Uint8Array(8192).fill(1) }),
      getDerivedKey: () => orFail(keyResponse(new Uint8Array(32), count % 3))
    },
    tdxGuest: { getReport: () => orFail({ report: new Uint8Array(1024) }) },
    nsm: { request: () => orFail({ response: new Uint8Array(0x3000) }) },
    vsock: { serve: (stream) => void stream.once('data', () => stream.end(Uint8Array.of(0, 0, 0, count++ % 5, 1, 2))) }
  }
}

const calls = `
  const everyCall = (i) => [
    addon.snpReport({ reportData: data(i), vmpl: i % 4 }),
    addon.snpExtendedReport({ reportData: data(i), vmpl: 0, certificatesBytes: 4096 * (i % 5) }),
    addon.snpDerivedKey({ rootKeySelect: 0, guestFieldSelect: 1n, vmpl: 0, guestSvn: i, tcbVersion: 1n, launchMitVector: 2n }),
    addon.tdxReport({ reportData: data(i) }),
    addon.nsmRequest({ request: new Uint8Array(1 + i * 100) }),
    addon.vsockRequest({ cid: 2, port: 1, request: data(i), maxResponse: 6, lengthPrefixed: i % 2 === 0, timeoutMs: 5000 })
  ]`

describeAddon(`under AddressSanitizer and UndefinedBehaviorSanitizer${missing}, the addon`, () => {
  beforeAll(() => {
    if (missing !== '') return
    const build = spawnSync(process.execPath, [join(root, 'packages/native/build.mjs'), '--asan'], { encoding: 'utf8' })
    if (build.status !== 0) throw new Error(build.stderr)
  }, 120_000)

  const run = (body: string): Promise<unknown> =>
    runAddon(body, handlersOfEveryKind(), { addon, env, nodeArgs: ['--expose-gc'] })

  it.skipIf(missing !== '')('speaks to every device, in success and failure', async () => {
    const body = `${calls}
      const results = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => everyCall(i)).flat())
      const kinds = results.map((result) => result.reason?.code ?? 'fine')
      return [kinds.length, [...new Set(kinds)].sort()]`
    expect(await run(body)).toEqual([
      120,
      expect.arrayContaining(['EBADMSG', 'EIO', 'ENOTTY', 'ERR_FIRMWARE_STATUS', 'fine'])
    ])
  })

  it.skipIf(missing !== '')('refuses wrong arguments', async () => {
    const body = `
      const values = [undefined, null, -1, 1e300, NaN, 'x', {}, [], 2n ** 65n, new Uint8Array(0), new Float64Array(8)]
      const names = Object.keys(addon).filter((name) => typeof addon[name] === 'function')
      let thrown = 0
      const attemptCall = (call) => { try { call()?.catch?.(() => 0) } catch { thrown++ } }
      for (const value of values) {
        for (const name of names) {
          attemptCall(() => addon[name](value))
          for (const key of ['reportData', 'vmpl', 'request', 'guestFieldSelect', 'cid']) attemptCall(() => addon[name]({ [key]: value }))
        }
        for (const call of Object.values(addon.memory)) {
          attemptCall(() => call(value)); attemptCall(() => call(value, value, value)); attemptCall(() => call(addon.memory.allocate(8), value, value))
        }
      }
      return thrown > 300`
    expect(await run(body)).toBe(true)
  })

  it.skipIf(missing !== '')('keeps memory to its limits while handles come and go', async () => {
    const body = `
      const { memory } = addon
      for (let round = 0; round < 40; round++) {
        for (const size of [1, 15, 16, 17, 4095, 4096, 4097]) {
          const handle = memory.allocate(size)
          memory.fillRandom(handle)
          memory.fill(handle, memory.read(handle, size >> 1), 0)
          memory.equals(handle, new Uint8Array(size))
          if (round % 3 === 0) memory.wipe(handle)
        }
        if (round % 10 === 9) gc()
      }
      return 'done'`
    expect(await run(body)).toBe('done')
  })

  it.skipIf(missing !== '')('survives threads that are terminated in mid-call', async () => {
    const body = `
      const { Worker } = await import('node:worker_threads')
      const source = "const addon = require('${addon}'); const data = (i) => new Uint8Array(64).fill(i);" + ${JSON.stringify(calls)} +
        "; const kept = [addon.memory.allocate(99)]; setInterval(() => everyCall(3).map((call) => call.catch(() => 0)), 1)"
      for (let round = 0; round < 6; round++) {
        const worker = new Worker(source, { eval: true, execArgv: [] })
        await new Promise((resolve) => worker.once('online', resolve))
        await new Promise((resolve) => setTimeout(resolve, round * 4))
        await worker.terminate()
      }
      return 'alive'`
    expect(await run(body)).toBe('alive')
  })
})

/** Where the compiler keeps a library; its bare name when it has none. */
function findLibrary(name: string): string {
  const compiler = process.env.CXX ?? 'c++'
  const { stdout } = spawnSync(compiler, [`-print-file-name=${name}`], { encoding: 'utf8' })
  return stdout?.trim() ?? name
}
