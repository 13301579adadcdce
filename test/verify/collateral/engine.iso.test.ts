import { beforeEach, describe, expect, it } from 'vitest'
import {
  type Collateral,
  type CollateralOptions,
  createCollateral,
  memoryStore
} from '../../../packages/sdk/src/verify/collateral/index.js'
import { bytesOf, type FakeService, fakeService, ticketItem, ticketText } from './fake-service.js'
import { day, type FakeTime, fakeTime, hour, second } from './fake-time.js'

let time: FakeTime
let service: FakeService

function engine(options: CollateralOptions = {}): Collateral {
  const { clock, wait } = time
  return createCollateral({ fetch: service.fetch, clock, wait, random: () => 1 - Number.EPSILON, ...options })
}

const code = (expected: string): unknown => expect.objectContaining({ code: expected })
const down = (): Promise<Response> => Promise.reject(new TypeError('fetch failed'))

beforeEach(() => {
  time = fakeTime()
  service = fakeService()
})

describe('the engine of collateral', () => {
  it('fetches an item once and then has it', async () => {
    const collateral = engine()
    const first = await collateral.get(ticketItem(), { now: time.clock() })
    const second = await collateral.get(ticketItem(), { now: time.clock() })
    expect(first).toMatchObject({ source: 'network', stale: false, value: { serial: 1 } })
    expect(second).toMatchObject({ source: 'cache', stale: false, value: { serial: 1 } })
    expect(service.requests).toEqual(['/ticket'])
  })

  it('makes one request for a thousand who ask at once', async () => {
    const collateral = engine()
    const all = Array.from({ length: 1000 }, () => collateral.get(ticketItem(), { now: time.clock() }))
    const serials = new Set((await Promise.all(all)).map(({ value }) => value.serial))
    expect([...serials]).toEqual([1])
    expect(service.requests).toHaveLength(1)
  })

  it('gives one failure to a thousand who ask at once', async () => {
    service.answer = down
    const collateral = engine({ retries: 0 })
    const all = Array.from({ length: 1000 }, () => collateral.get(ticketItem(), { now: time.clock() }))
    const results = await Promise.allSettled(all)
    expect(results.every(({ status }) => status === 'rejected')).toBe(true)
    expect(service.requests).toHaveLength(1)
  })

  it('fetches again when the item has expired at the time of the lookup', async () => {
    const collateral = engine()
    await collateral.get(ticketItem(), { now: time.clock() })
    service.dates = ['2026-01-11T00:00:00Z', '2026-01-21T00:00:00Z']
    const found = await collateral.get(ticketItem(), { now: new Date('2026-01-12T00:00:00Z') })
    expect(found).toMatchObject({ source: 'network', stale: false, value: { serial: 2 } })
  })

  it('keeps an item that is not valid yet: there is no older one to be had', async () => {
    const collateral = engine()
    await collateral.get(ticketItem(), { now: new Date('2020-01-01T00:00:00Z') })
    const found = await collateral.get(ticketItem(), { now: new Date('2020-01-01T00:00:00Z') })
    expect(found).toMatchObject({ source: 'cache', stale: false })
    expect(service.requests).toHaveLength(1)
  })

  it('refuses an answer that has expired, and does not ask at once again', async () => {
    const collateral = engine()
    const late = { now: new Date('2027-01-01T00:00:00Z') }
    await expect(collateral.get(ticketItem(), late)).rejects.toMatchObject({
      code: 'ERR_COLLATERAL_RESPONSE',
      message: 'ticket from office: what the service has expired at 2026-01-11T00:00:00.000Z'
    })
    await expect(collateral.get(ticketItem(), late)).rejects.toEqual(code('ERR_COLLATERAL_RESPONSE'))
    expect(service.requests).toHaveLength(1)
  })

  it('forgets the item used least when memory is full', async () => {
    const collateral = engine({ maxMemoryItems: 2 })
    for (const key of ['a', 'b', 'c', 'a']) await collateral.get(ticketItem(key), { now: time.clock() })
    expect(service.requests).toEqual(['/a', '/b', '/c', '/a'])
  })

  it('refuses items whose key could name another file', async () => {
    for (const key of ['../escape', '', 'a/b', '.hidden', 'a'.repeat(201)]) {
      await expect(engine().get(ticketItem(key), { now: time.clock() })).rejects.toEqual(code('ERR_USAGE_OPTION'))
    }
  })
})

describe('while an item grows old', () => {
  it('is refreshed in the background after 80 % of its life, while it is still used', async () => {
    const collateral = engine()
    await collateral.get(ticketItem(), { now: time.clock() })
    time.advance(7.5 * day)
    service.dates = ['2026-01-09T00:00:00Z', '2026-01-19T00:00:00Z']
    const old = await collateral.get(ticketItem(), { now: time.clock() })
    await settled()
    const renewed = await collateral.get(ticketItem(), { now: time.clock() })
    expect([old.value.serial, renewed.value.serial]).toEqual([1, 2])
    expect(renewed.source).toBe('cache')
  })

  it('is not refreshed at every use where the service still serves the old one', async () => {
    const collateral = engine()
    await collateral.get(ticketItem(), { now: time.clock() })
    time.advance(7.5 * day)
    for (let i = 0; i < 5; i++) {
      await collateral.get(ticketItem(), { now: time.clock() })
      await settled()
    }
    expect(service.requests).toHaveLength(2)
  })

  it('is refreshed at the age that the item names', async () => {
    const collateral = engine()
    const item = ticketItem('list', { refreshAfterMs: hour })
    await collateral.get(item, { now: time.clock() })
    time.advance(2 * hour)
    await collateral.get(item, { now: time.clock() })
    await settled()
    expect(service.requests).toHaveLength(2)
  })

  it('stays in use when refreshing fails, and is not called stale', async () => {
    const collateral = engine({ retries: 0 })
    await collateral.get(ticketItem(), { now: time.clock() })
    time.advance(8 * day)
    service.answer = down
    for (let i = 0; i < 3; i++) {
      expect(await collateral.get(ticketItem(), { now: time.clock() })).toMatchObject({ source: 'cache', stale: false })
      await settled()
    }
    expect(service.requests).toHaveLength(2)
  })

  it('is used after its end within maxStaleMs while the service is down, and says so', async () => {
    const collateral = engine({ retries: 0 })
    await collateral.get(ticketItem(), { now: time.clock() })
    time.advance(10 * day)
    service.answer = down
    const found = await collateral.get(ticketItem(), { now: time.clock(), maxStaleMs: 2 * day })
    expect(found).toMatchObject({ source: 'cache', stale: true, value: { serial: 1 } })
  })

  it('is not used after its end otherwise', async () => {
    const collateral = engine({ retries: 0 })
    await collateral.get(ticketItem(), { now: time.clock() })
    time.advance(10 * day)
    service.answer = down
    for (const maxStaleMs of [0, hour]) {
      await expect(collateral.get(ticketItem(), { now: time.clock(), maxStaleMs })).rejects.toEqual(
        code('ERR_COLLATERAL_NETWORK')
      )
    }
  })
})

describe('a service that fails', () => {
  it('is tried again once, then left alone for longer and longer', async () => {
    service.answer = down
    const collateral = engine()
    await expect(collateral.get(ticketItem(), { now: time.clock() })).rejects.toEqual(code('ERR_COLLATERAL_NETWORK'))
    expect(time.waits).toEqual([1 * second])
    await expect(collateral.get(ticketItem(), { now: time.clock() })).rejects.toMatchObject({
      code: 'ERR_COLLATERAL_NETWORK',
      message: expect.stringContaining('not asked again for 2 s'),
      details: { retryAfterMs: 2 * second }
    })
    expect(service.requests).toHaveLength(2)
    time.advance(2 * second)
    await expect(collateral.get(ticketItem(), { now: time.clock() })).rejects.toEqual(code('ERR_COLLATERAL_NETWORK'))
    expect(service.requests).toHaveLength(4)
    expect(time.waits).toEqual([1 * second, 4 * second])
  })

  it('is asked at different times by different verifiers', async () => {
    service.answer = down
    await engine({ random: () => 0 })
      .get(ticketItem(), { now: time.clock() })
      .catch(() => undefined)
    await engine({ random: () => 0.5 })
      .get(ticketItem(), { now: time.clock() })
      .catch(() => undefined)
    expect(time.waits).toEqual([500, 750])
  })

  it('is not asked for other items of the type either while it cannot be reached', async () => {
    service.answer = down
    const collateral = engine({ retries: 0 })
    await expect(collateral.get(ticketItem('a'), { now: time.clock() })).rejects.toEqual(code('ERR_COLLATERAL_NETWORK'))
    await expect(collateral.get(ticketItem('b'), { now: time.clock() })).rejects.toEqual(code('ERR_COLLATERAL_NETWORK'))
    expect(service.requests).toEqual(['/a'])
  })

  it('is still asked for other items when only one answer was bad: peers must not close it for others', async () => {
    const collateral = engine({ retries: 0 })
    for (const status of [404, 500]) {
      service.answer = () => new Response('no', { status })
      await expect(collateral.get(ticketItem(`bad-${status}`), { now: time.clock() })).rejects.toBeDefined()
    }
    service.answer = undefined
    await expect(collateral.get(ticketItem('good'), { now: time.clock() })).resolves.toMatchObject({
      source: 'network'
    })
    await expect(collateral.get(ticketItem('bad-404'), { now: time.clock() })).rejects.toEqual(
      code('ERR_COLLATERAL_RESPONSE')
    )
  })

  it('is used again as soon as its time has come', async () => {
    service.answer = down
    const collateral = engine({ retries: 0 })
    await collateral.get(ticketItem(), { now: time.clock() }).catch(() => undefined)
    service.answer = undefined
    time.advance(second)
    expect(await collateral.get(ticketItem(), { now: time.clock() })).toMatchObject({ source: 'network' })
  })

  it('does not stay closed when the clock is set back', async () => {
    service.answer = down
    const collateral = engine({ retries: 0 })
    await collateral.get(ticketItem(), { now: time.clock() }).catch(() => undefined)
    service.answer = undefined
    time.advance(-hour)
    expect(await collateral.get(ticketItem(), { now: time.clock() })).toMatchObject({ source: 'network' })
  })
})

describe('a service that asks to wait', () => {
  const busy =
    (retryAfter?: string): (() => Response) =>
    () =>
      new Response('slow down', { status: 429, headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter } })

  it('is given the time when that is short', async () => {
    const collateral = engine()
    service.answer = () => {
      service.answer = undefined
      return busy('7')()
    }
    expect(await collateral.get(ticketItem(), { now: time.clock() })).toMatchObject({ source: 'network' })
    expect(time.waits).toEqual([7 * second])
  })

  it('fails the lookup with the time to wait when that is long', async () => {
    service.answer = busy('120')
    const collateral = engine()
    await expect(collateral.get(ticketItem(), { now: time.clock() })).rejects.toMatchObject({
      code: 'ERR_COLLATERAL_RATE_LIMIT',
      message: 'ticket from office: the service asks to wait (HTTP 429)',
      details: { retryAfterMs: 120 * second }
    })
    time.advance(60 * second)
    await expect(collateral.get(ticketItem('other'), { now: time.clock() })).rejects.toMatchObject({
      details: { retryAfterMs: 60 * second }
    })
    expect(service.requests).toHaveLength(1)
  })

  it('may say it as a date', async () => {
    service.answer = busy('Fri, 02 Jan 2026 00:01:00 GMT')
    await expect(engine().get(ticketItem(), { now: time.clock() })).rejects.toMatchObject({
      details: { retryAfterMs: 60 * second }
    })
  })

  it.each(['9'.repeat(9), 'Fri, 02 Jan 2099 00:00:00 GMT'])(
    'is not obeyed for more than five minutes: %s',
    async (value) => {
      service.answer = busy(value)
      const collateral = engine()
      await expect(collateral.get(ticketItem(), { now: time.clock() })).rejects.toMatchObject({
        details: { retryAfterMs: 300 * second }
      })
      service.answer = undefined
      time.advance(300 * second)
      expect(await collateral.get(ticketItem(), { now: time.clock() })).toMatchObject({ source: 'network' })
    }
  )

  it.each([undefined, 'soon', '-1', '1e9'])('gets ten seconds when it does not say how long: %s', async (value) => {
    service.answer = busy(value)
    await expect(engine({ retries: 0 }).get(ticketItem(), { now: time.clock() })).rejects.toMatchObject({
      code: 'ERR_COLLATERAL_RATE_LIMIT',
      details: { retryAfterMs: 10 * second }
    })
  })

  it('is asked in turns where it is known to limit requests', async () => {
    const collateral = engine()
    const slow = (key: string) => ticketItem(key, { minIntervalMs: 10 * second })
    await Promise.all(['a', 'b', 'c'].map((key) => collateral.get(slow(key), { now: time.clock() })))
    expect(time.waits).toHaveLength(2)
    expect(service.requests).toHaveLength(3)
  })

  it('gets no longer queue than anybody would wait in', async () => {
    let release: () => void = () => undefined
    const wait = (): Promise<void> =>
      new Promise((resolve) => {
        release = resolve
      })
    const collateral = engine({ wait, maxWaitMs: 10 * second })
    const slow = (key: string) => ticketItem(key, { minIntervalMs: 10 * second })
    const first = collateral.get(slow('a'), { now: time.clock() })
    const queued = collateral.get(slow('b'), { now: time.clock() })
    await expect(collateral.get(slow('c'), { now: time.clock() })).rejects.toMatchObject({
      code: 'ERR_COLLATERAL_RATE_LIMIT',
      details: { retryAfterMs: 10 * second }
    })
    release()
    await Promise.all([first, queued])
    expect(service.requests).toEqual(['/a', '/b'])
  })
})

describe('a caller that aborts', () => {
  it('does not begin', async () => {
    const lookup = { now: time.clock(), signal: AbortSignal.abort() }
    await expect(engine().get(ticketItem(), lookup)).rejects.toEqual(code('ERR_ABORTED'))
    expect(service.requests).toHaveLength(0)
  })

  it('leaves the request to the others who wait', async () => {
    const { answer, gate } = held()
    service.answer = answer
    const collateral = engine()
    const abort = new AbortController()
    const leaving = collateral.get(ticketItem(), { now: time.clock(), signal: abort.signal })
    const staying = collateral.get(ticketItem(), { now: time.clock() })
    await settled()
    abort.abort()
    await expect(leaving).rejects.toEqual(code('ERR_ABORTED'))
    gate(new Response(ticketText('ticket', 9, service.dates)))
    expect(await staying).toMatchObject({ source: 'network', value: { serial: 9 } })
  })

  it('ends the request when nobody waits any more', async () => {
    let ended = false
    const fetch: typeof globalThis.fetch = (_, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => {
          ended = true
          reject(init.signal?.reason)
        })
      })
    const abort = new AbortController()
    const leaving = engine({ fetch }).get(ticketItem(), { now: time.clock(), signal: abort.signal })
    await settled()
    abort.abort()
    await expect(leaving).rejects.toEqual(code('ERR_ABORTED'))
    expect(ended).toBe(true)
  })

  it('is no failure of the service', async () => {
    const { answer } = held()
    service.answer = answer
    const collateral = engine()
    const abort = new AbortController()
    const leaving = collateral.get(ticketItem(), { now: time.clock(), signal: abort.signal })
    await settled()
    abort.abort()
    await expect(leaving).rejects.toEqual(code('ERR_ABORTED'))
    service.answer = undefined
    expect(await collateral.get(ticketItem(), { now: time.clock() })).toMatchObject({ source: 'network' })
  })

  function held(): { readonly answer: () => Promise<Response>; gate(response: Response): void } {
    let open: (response: Response) => void = () => undefined
    const response = new Promise<Response>((resolve) => {
      open = resolve
    })
    return { answer: () => response, gate: (value) => open(value) }
  }
})

describe('offline', () => {
  it('uses what is cached and asks nobody', async () => {
    const store = memoryStore()
    await engine({ store }).get(ticketItem(), { now: time.clock() })
    const found = await engine({ store, offline: true }).get(ticketItem(), { now: time.clock() })
    expect(found).toMatchObject({ source: 'cache', value: { serial: 1 } })
    expect(service.requests).toHaveLength(1)
  })

  it('says that the network is not allowed', async () => {
    await expect(engine({ offline: true }).get(ticketItem(), { now: time.clock() })).rejects.toMatchObject({
      code: 'ERR_COLLATERAL_OFFLINE',
      message: 'ticket: not cached, and the network is not allowed'
    })
    expect(service.requests).toHaveLength(0)
  })

  it('uses an expired item within maxStaleMs only', async () => {
    const store = memoryStore()
    await engine({ store }).get(ticketItem(), { now: time.clock() })
    time.advance(10 * day)
    const offline = engine({ store, offline: true })
    expect(await offline.get(ticketItem(), { now: time.clock(), maxStaleMs: 2 * day })).toMatchObject({ stale: true })
    await expect(offline.get(ticketItem(), { now: time.clock() })).rejects.toEqual(code('ERR_COLLATERAL_OFFLINE'))
  })

  it('never refreshes', async () => {
    const store = memoryStore()
    await engine({ store }).get(ticketItem(), { now: time.clock() })
    time.advance(8 * day)
    await engine({ store, offline: true }).get(ticketItem(), { now: time.clock() })
    await settled()
    expect(service.requests).toHaveLength(1)
  })

  it('tells a store that cannot be read from one that has nothing', async () => {
    const store = { get: () => Promise.reject(new Error('disk')), put: async () => undefined }
    const lookup = engine({ store, offline: true }).get(ticketItem(), { now: time.clock() })
    await expect(lookup).rejects.toThrow('disk')
  })
})

describe('the store', () => {
  it('serves the next engine', async () => {
    const store = memoryStore()
    await engine({ store }).get(ticketItem(), { now: time.clock() })
    const found = await engine({ store }).get(ticketItem(), { now: time.clock() })
    expect(found).toMatchObject({ source: 'cache', value: { serial: 1 } })
  })

  it.each([
    ['damaged', 'garbage'],
    ['exchanged', ticketText('other', 1, ['2026-01-01T00:00:00Z', '2099-01-01T00:00:00Z'])],
    ['oversized', ' '.repeat(100_000)]
  ])('is ignored and healed where a record is %s', async (_, content) => {
    const store = memoryStore()
    await store.put('ticket', { bytes: bytesOf(content), fetchedAt: time.clock() })
    expect(await engine({ store }).get(ticketItem(), { now: time.clock() })).toMatchObject({ source: 'network' })
    expect((await store.get('ticket'))?.bytes).toEqual(bytesOf(ticketText('ticket', 1, service.dates)))
  })

  it('cannot put off refreshing with a date to come', async () => {
    const store = memoryStore()
    const bytes = bytesOf(ticketText('list', 7, service.dates))
    await store.put('list', { bytes, fetchedAt: new Date('2099-01-01T00:00:00Z') })
    const item = ticketItem('list', { refreshAfterMs: hour })
    await engine({ store }).get(item, { now: time.clock() })
    await settled()
    expect(service.requests).toEqual(['/list'])
  })

  it('does not stop a lookup when it fails, and its failure is told', async () => {
    const errors: unknown[] = []
    const broken = { get: () => Promise.reject(new Error('read')), put: () => Promise.reject(new Error('write')) }
    const collateral = engine({ store: broken, onStoreError: (error) => errors.push(error) })
    expect(await collateral.get(ticketItem(), { now: time.clock() })).toMatchObject({ source: 'network' })
    expect(errors.map(String)).toEqual(['Error: read', 'Error: write'])
  })

  it('is not filled with answers that are not the item', async () => {
    const store = memoryStore()
    service.answer = () => new Response(ticketText('other', 1, service.dates))
    await expect(engine({ store }).get(ticketItem(), { now: time.clock() })).rejects.toMatchObject({
      code: 'ERR_COLLATERAL_RESPONSE',
      message: 'ticket from office: the answer is not the item asked for: ticket: expected ticket',
      cause: { code: 'ERR_COLLATERAL_FORMAT' }
    })
    expect(await store.list?.()).toEqual([])
  })
})

describe('the memory of computed values', () => {
  it('makes a value once for each scope and key', async () => {
    const { memo } = engine()
    let made = 0
    const make = (): number => ++made
    expect([memo('s', 'k', make), memo('s', 'k', make), memo('t', 'k', make), memo('s', 'l', make)]).toEqual([
      1, 1, 2, 3
    ])
  })

  it('makes a promised value once for all who ask at once, and then has it at once', async () => {
    const { memo } = engine()
    let made = 0
    const make = async (): Promise<number> => ++made
    expect(await Promise.all([memo('s', 'k', make), memo('s', 'k', make)])).toEqual([1, 1])
    expect(memo('s', 'k', make)).toBe(1)
  })

  it('does not keep failures', async () => {
    const { memo } = engine()
    await expect(memo('s', 'k', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(() =>
      memo('s', 'k', () => {
        throw new Error('no')
      })
    ).toThrow('no')
    expect(memo('s', 'k', () => 'yes')).toBe('yes')
  })

  it('keeps what was not made: undefined and false are values', () => {
    const { memo } = engine()
    let made = 0
    for (let i = 0; i < 3; i++)
      memo('s', 'k', () => {
        made++
        return undefined
      })
    expect(made).toBe(1)
  })

  it('is bounded', () => {
    const { memo } = engine({ maxMemoryItems: 2 })
    for (const key of ['a', 'b', 'c']) memo('s', key, () => key)
    expect(memo('s', 'a', () => 'made again')).toBe('made again')
  })
})

describe('options', () => {
  it.each([
    ['an unknown name', { fetsh: fetch }],
    ['services without a scheme', { services: { 'amd-kds': 'kds.example' } }],
    ['http to another machine', { services: { 'amd-kds': 'http://kds.example' } }],
    ['http to what only begins like this machine', { services: { 'amd-kds': 'http://localhost.example' } }],
    ['credentials in a URL', { services: { 'amd-kds': 'https://a:b@kds.example' } }],
    ['a query in a URL', { services: { 'amd-kds': 'https://kds.example/?a=b' } }],
    ['a timeout of nothing', { timeoutMs: 0 }],
    ['an interval that is no number', { minIntervalMs: { 'amd-vcek': '10' } }],
    ['a store without put', { store: { get: async () => undefined } }],
    ['given that is no list', { given: new Uint8Array(3) }],
    ['given that is text', { given: ['-----BEGIN CERTIFICATE-----'] }],
    ['too much given', { given: [new Uint8Array((4 << 20) + 1)] }]
  ])('refuses %s', (_, options) => {
    // @ts-expect-error some are of the wrong type on purpose
    expect(() => createCollateral(options)).toThrow(code('ERR_USAGE_OPTION'))
  })

  it('keeps a copy of what is given', () => {
    const bytes = Uint8Array.of(0x30, 0)
    const { given } = createCollateral({ given: [bytes] })
    bytes[0] = 0
    expect(given[0]?.[0]).toBe(0x30)
  })

  it('asks the named base URL in place of the vendor', async () => {
    const urls: string[] = []
    const fetch: typeof globalThis.fetch = async (input) => {
      urls.push(String(input))
      return new Response(ticketText('ticket', 1, service.dates))
    }
    await engine({ fetch, services: { office: 'http://127.0.0.1:8081/mirror/' } }).get(ticketItem(), {
      now: time.clock()
    })
    expect(urls).toEqual(['http://127.0.0.1:8081/mirror/ticket'])
  })
})

/** Lets everything run that waits for nothing but other promises. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0))
}
