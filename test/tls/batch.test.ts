import { describe, expect, test, vi } from 'vitest'
import { UnavailableError } from '../../packages/sdk/src/core/index.js'
import type { Evidence } from '../../packages/sdk/src/evidence/index.js'
import { Batcher, defaultBatchLimits } from '../../packages/sdk/src/tls/batch.js'
import { rootOf } from '../../packages/sdk/src/tls/merkle.js'
import { batchReportData } from '../../packages/sdk/src/tls/transcript.js'

describe('a batch', () => {
  test('of one leaf is a tree of one', async () => {
    const device = fakeDevice()
    const proof = new Batcher(device).prove(leaf(1))
    await device.answer()
    expect(await proof).toMatchObject({ index: 0, size: 1, path: [] })
    expect(device.asked).toEqual([batchReportData(rootOf(leaf(1), await proof))])
  })

  test('takes in everybody who came while the device was busy', async () => {
    const device = fakeDevice()
    const batcher = new Batcher(device)
    const first = batcher.prove(leaf(0))
    await device.isAsked()
    const others = Array.from({ length: 50 }, (_, i) => batcher.prove(leaf(i + 1)))
    await device.answer()
    await first
    await device.answer()
    const proofs = await Promise.all(others)
    expect(device.asked).toHaveLength(2)
    expect(proofs.map(({ size }) => size)).toEqual(proofs.map(() => 50))
    const covered = proofs.map((proof, i) => batchReportData(rootOf(leaf(i + 1), proof)))
    expect(covered).toEqual(proofs.map(() => device.asked[1]))
  })

  test('asks the device for one thing at a time', async () => {
    const device = fakeDevice()
    const batcher = new Batcher(device)
    const all = [batcher.prove(leaf(0))]
    await device.isAsked()
    for (let i = 1; i < 4; i++) {
      all.push(batcher.prove(leaf(i)))
      expect(device.open).toBe(1)
      await device.answer()
      await device.isAsked()
    }
    await device.answer()
    await Promise.all(all)
    expect(device.most).toBe(1)
  })

  test('fails alone, with advice to retry, when the device fails', async () => {
    const device = fakeDevice()
    const batcher = new Batcher(device)
    const first = batcher.prove(leaf(0))
    await device.isAsked()
    const second = [batcher.prove(leaf(1)), batcher.prove(leaf(2))]
    await device.answer()
    await first
    await device.isAsked()
    const third = batcher.prove(leaf(3))
    await device.refuse(new UnavailableError('ERR_DEVICE_BUSY', 'throttled'))
    const failure = { code: 'ERR_DEVICE_BUSY', details: { retryAfterMs: expect.any(Number) } }
    expect(await Promise.allSettled(second)).toMatchObject([{ reason: failure }, { reason: failure }])
    await device.answer()
    expect(await third).toMatchObject({ size: 1 })
  })

  test('gives a code to an error that has none', async () => {
    const device = fakeDevice()
    const proof = new Batcher(device).prove(leaf(0))
    await device.refuse(new TypeError('oops'))
    await expect(proof).rejects.toMatchObject({
      code: 'ERR_DEVICE_REFUSED',
      details: { retryAfterMs: expect.any(Number) }
    })
  })

  test('leaves out those who have gone', async () => {
    const device = fakeDevice()
    const batcher = new Batcher(device)
    const first = batcher.prove(leaf(0))
    await device.isAsked()
    const gone = new AbortController()
    const second = batcher.prove(leaf(1), gone.signal)
    const third = batcher.prove(leaf(2))
    gone.abort()
    await device.answer()
    await expect(second).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    await device.answer()
    expect([await first, await third]).toMatchObject([{ size: 1 }, { size: 1 }])
  })

  test('asks the device for nothing when all have gone', async () => {
    const device = fakeDevice()
    const batcher = new Batcher(device)
    await expect(batcher.prove(leaf(0), AbortSignal.abort())).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    expect(device.asked).toEqual([])
  })

  test('refuses newcomers when too many wait', async () => {
    const device = fakeDevice()
    const batcher = new Batcher(device, { ...defaultBatchLimits, maxWaiting: 2 })
    const waiting = [batcher.prove(leaf(0)), batcher.prove(leaf(1))]
    await expect(batcher.prove(leaf(2))).rejects.toMatchObject({
      code: 'ERR_DEVICE_BUSY',
      details: { retryAfterMs: expect.any(Number) }
    })
    await device.answer()
    expect(await Promise.all(waiting)).toMatchObject([{ size: 2 }, { size: 2 }])
  })

  test('sends no evidence that is too large for a handshake', async () => {
    const device = fakeDevice()
    const batcher = new Batcher(device, { ...defaultBatchLimits, maxEvidenceBytes: 1024 })
    const proof = batcher.prove(leaf(0))
    await device.answer(1024)
    await expect(proof).rejects.toMatchObject({ code: 'ERR_DEVICE_RESPONSE' })
  })

  test('does not wait for ever for a device that hangs', async () => {
    let calls = 0
    const collect = async (): Promise<Evidence> => (calls++ === 0 ? new Promise(() => undefined) : evidence(10))
    const batcher = new Batcher({ collect }, { ...defaultBatchLimits, deviceTimeoutMs: 5 })
    await expect(batcher.prove(leaf(0))).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    expect(await batcher.prove(leaf(1))).toMatchObject({ size: 1 })
  })
})

function leaf(i: number): Uint8Array {
  return new Uint8Array(64).fill(i)
}

function evidence(bytes: number): Evidence {
  return { kind: 'snp', bytes: new Uint8Array(bytes), endorsements: [] }
}

interface Call {
  resolve(evidence: Evidence): void
  reject(reason: unknown): void
}

/** A device that answers when the test says so. */
function fakeDevice() {
  const calls: Call[] = []
  const device = {
    asked: [] as Uint8Array[],
    open: 0,
    most: 0,
    collect: ({ reportData }: { readonly reportData: Uint8Array }): Promise<Evidence> => {
      device.asked.push(reportData)
      device.most = Math.max(device.most, ++device.open)
      return new Promise((resolve, reject) => calls.push({ resolve, reject }))
    },
    isAsked: () => vi.waitFor(() => expect(device.open).toBe(1)),
    answer: async (bytes = 10): Promise<void> => {
      await device.isAsked()
      device.open--
      calls.shift()?.resolve(evidence(bytes))
    },
    refuse: async (reason: unknown): Promise<void> => {
      await device.isAsked()
      device.open--
      calls.shift()?.reject(reason)
    }
  }
  return device
}
