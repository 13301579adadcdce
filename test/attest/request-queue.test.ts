import { expect, test } from 'vitest'
import { RequestQueue } from '../../packages/sdk/src/attest/request-queue.js'

interface Gate {
  readonly wait: Promise<void>
  readonly open: () => void
}

function createGate(): Gate {
  let open = (): void => undefined
  const wait = new Promise<void>((resolve) => {
    open = resolve
  })
  return { wait, open }
}

test('runs one task at a time, in order', async () => {
  const queue = new RequestQueue()
  const gate = createGate()
  const log: string[] = []
  const first = queue.run(async () => {
    log.push('first begins')
    await gate.wait
    log.push('first ends')
    return 1
  })
  const second = queue.run(async () => log.push('second'))
  gate.open()
  expect(await first).toBe(1)
  await second
  expect(log).toEqual(['first begins', 'first ends', 'second'])
})

test('goes on after a task that failed', async () => {
  const queue = new RequestQueue()
  const failed = queue.run(async () => {
    throw new Error('odd')
  })
  const next = queue.run(async () => 2)
  await expect(failed).rejects.toThrow('odd')
  expect(await next).toBe(2)
})

test('ends the waiting when the caller aborts, and lets the running task end before the next', async () => {
  const queue = new RequestQueue()
  const gate = createGate()
  const abort = new AbortController()
  const log: string[] = []
  const aborted = queue.run(async () => {
    await gate.wait
    log.push('aborted task ends')
  }, abort.signal)
  const next = queue.run(async () => log.push('next'))
  await Promise.resolve()
  abort.abort()
  await expect(aborted).rejects.toMatchObject({ code: 'ERR_ABORTED' })
  expect(log).toEqual([])
  gate.open()
  await next
  expect(log).toEqual(['aborted task ends', 'next'])
})

test('never starts a task whose caller aborted while it waited', async () => {
  const queue = new RequestQueue()
  const gate = createGate()
  const abort = new AbortController()
  const first = queue.run(() => gate.wait)
  let started = false
  const second = queue.run(async () => {
    started = true
  }, abort.signal)
  abort.abort()
  await expect(second).rejects.toMatchObject({ code: 'ERR_ABORTED' })
  gate.open()
  await first
  await queue.run(async () => undefined)
  expect(started).toBe(false)
})

test('refuses a signal that is aborted already', async () => {
  await expect(new RequestQueue().run(async () => 1, AbortSignal.abort('late'))).rejects.toMatchObject({
    code: 'ERR_ABORTED',
    cause: 'late'
  })
})
