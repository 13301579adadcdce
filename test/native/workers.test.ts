import { Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { describeWithAddon, runForResult } from './addon.js'

const script = `
  const { parentPort } = require('node:worker_threads')
  import('@tresor/native').then(async ({ memory, nsmRequest, snpReport }) => {
    const handle = memory.allocate(64)
    memory.fillRandom(handle)
    const calls = [nsmRequest({ request: new Uint8Array(8) }), snpReport({ reportData: new Uint8Array(64), vmpl: 0 })]
    const codes = (await Promise.allSettled(calls)).map(({ reason }) => reason?.code ?? 'none')
    parentPort.postMessage({ codes, equal: memory.equals(handle, memory.read(handle)) })
  })`

describeWithAddon('the addon in worker threads', (load) => {
  it('works in several at once, beside the main thread', async () => {
    const { memory } = await load()
    const handle = memory.allocate(8)
    const results = await Promise.all([1, 2, 3, 4].map(() => messageOf(new Worker(script, { eval: true }))))
    const first = results[0]
    expect(first).toMatchObject({ equal: true, codes: [expect.any(String), expect.any(String)] })
    expect(results).toEqual([first, first, first, first])
    expect(memory.read(handle)).toEqual(new Uint8Array(8))
  })

  it('survives workers that are terminated at any moment of their life', () => {
    const program = `
      import { Worker } from 'node:worker_threads'
      const loop = "import('@tresor/native').then(({ memory, nsmRequest, vsockRequest }) => { (function again() {" +
        "const handle = memory.allocate(4096); memory.fillRandom(handle);" +
        "nsmRequest({ request: new Uint8Array(8) }).catch(() => setImmediate(again)) })() })"
      for (let round = 0; round < 24; round++) {
        const worker = new Worker(loop, { eval: true })
        await new Promise((resolve) => setTimeout(resolve, round * 2))
        await worker.terminate()
      }
      const { memory } = await import('@tresor/native')
      console.log(JSON.stringify(memory.info(memory.allocate(1)).size))`
    expect(runForResult(program)).toBe(1)
  })

  it('does not follow a handle that was copied to another thread', async () => {
    const { memory } = await load()
    const copy = structuredClone(memory.allocate(8))
    expect(() => memory.read(copy)).toThrow(TypeError)
  })
})

function messageOf(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}
