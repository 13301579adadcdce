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

  it.skipIf(missing !== '')(
    'encrypts in bulk within the bounds of every buffer, from good and from wrong arguments',
    async () => {
      const body = `
      const { aead, memory } = addon
      const { openSync, writeFileSync, closeSync } = await import('node:fs')
      const { mkdtempSync, rmSync } = await import('node:fs')
      const folder = mkdtempSync('/tmp/tresor-asan-')
      const key = memory.allocate(32)
      memory.fillRandom(key)
      const bytes = (length) => new Uint8Array(length).fill(length)
      let count = 0
      for (const length of [0, 1, 16383, 16384, 16385, 65536, 65537, 300000, 700000]) {
        const message = aead.sealMessage(key, bytes(9), bytes(24), bytes(length))
        if (aead.openMessage(key, bytes(9), message)?.length !== length) return 'message ' + length
        message[60] ^= 1
        if (aead.openMessage(key, bytes(9), message) !== undefined) return 'changed message ' + length
        for (const chunkKey of [aead.deriveChunkKey(key, bytes(0), bytes(24)).chunkKey, aead.importStreamKey(bytes(32))]) {
          const plaintext = aead.allocate(length).fill(7)
          const sealed = aead.seal(chunkKey, 0, true, plaintext)
          const [again] = await Promise.all([aead.sealAsync(chunkKey, 0, true, plaintext), aead.sealAsync(chunkKey, 0, true, bytes(length))])
          if (Buffer.compare(again, sealed) !== 0) return 'async ' + length
          writeFileSync(folder + '/file', sealed)
          const fd = openSync(folder + '/file', 'r')
          for (const [skip, wanted] of [[0, length], [length >> 1, length >> 2], [length, 0], [Math.min(length, 16384), Math.min(length >> 3, 20000)]]) {
            if (skip + wanted > length) continue
            for (const target of [bytes(wanted), aead.allocate(wanted)]) {
              if (!(await aead.openAsync(chunkKey, 0, true, sealed, target, skip))) return 'open ' + length
              if ((await aead.readAsync(chunkKey, 0, true, fd, 0, sealed.length, target, skip)) !== 'opened') return 'read ' + length
              await aead.readAsync(chunkKey, 0, true, fd, 1, sealed.length, target, skip)
              await aead.openAsync(chunkKey, 0, true, again.fill(3), target, skip)
              count++
            }
          }
          closeSync(fd)
          aead.open(chunkKey, 0, true, again)
          if (length % 2 === 0) aead.wipeChunkKey(chunkKey)
        }
        gc()
      }
      rmSync(folder, { recursive: true })
      const values = [undefined, null, -1, 1e300, NaN, 'x', {}, [], new Uint8Array(0), new Uint8Array(32), new Float64Array(8), key, true]
      const chunkKey = aead.importStreamKey(key)
      for (const call of Object.values(aead)) {
        for (const a of values) for (const b of values) {
          for (const args of [[a, b, a, b, a, b, a, b], [key, a, b, a], [chunkKey, 0, true, a, b, a, b, a], [chunkKey, 0, true, 0, 0, a, b, 0]]) {
            try { call(...args)?.catch?.(() => 0) } catch {}
          }
        }
      }
      return count`
      expect(await run(body)).toBeGreaterThan(100)
    }
  )

  it.skipIf(missing !== '')('survives threads that are terminated in mid-call', async () => {
    const body = `
      const { Worker } = await import('node:worker_threads')
      const source = "const addon = require('${addon}'); const data = (i) => new Uint8Array(64).fill(i);" + ${JSON.stringify(calls)} +
        "; const kept = [addon.memory.allocate(99), addon.aead.importStreamKey(new Uint8Array(32))]; " +
        "setInterval(() => [...everyCall(3), addon.aead.sealAsync(kept[1], 0, true, addon.aead.allocate(200000))].map((call) => call.catch(() => 0)), 1)"
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
