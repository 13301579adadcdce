import { Agent } from 'undici'
import { describe, expect, test } from 'vitest'
import {
  type AttestedFetch,
  createFetch,
  type FetchInit,
  type FetchOptions
} from '../../../packages/sdk/src/tls/fetch/index.js'
import { type AttestedHttpsServer, createServer } from '../../../packages/sdk/src/tls/https/index.js'
import { type AttestedDispatcherOptions, attestedDispatcher } from '../../../packages/sdk/src/tls/undici/index.js'
import { trust } from '../support.js'
import { atEnd, megabyte, serve, setStage } from './stage.js'

const stage = setStage()
let server: AttestedHttpsServer
let url: string
let connections: number

type Handler = NonNullable<Parameters<typeof createServer>[1]>

async function start(handler: Handler = (_, res) => res.end('hello')): Promise<string> {
  connections = 0
  server = createServer({ attestation: { provider: stage.provider } }, handler)
  server.on('secureConnection', () => connections++)
  url = `https://127.0.0.1:${await serve(server)}`
  return url
}

function fetchWith(options: Partial<FetchOptions> = {}): AttestedFetch {
  const own = { ...('hosts' in options ? {} : { policy: stage.policy, trust }), ...options } as FetchOptions // completed
  const fetch = createFetch(own)
  atEnd(() => fetch.close())
  return fetch
}

describe('an attested fetch', () => {
  test('says with each response who answered', async () => {
    await start()
    const fetch = fetchWith({ connections: 1 })
    const first = await fetch(url)
    expect(await first.text()).toBe('hello')
    expect(first.attestation).toMatchObject({ kind: 'snp', tier: 'perConnection', alpn: 'tresor1+http/1.1' })
    const second = await fetch(url)
    await second.text()
    expect(second.attestation).toBe(first.attestation)
    expect(connections).toBe(1)
  })

  test('tells the verdicts of connections apart', async () => {
    await start((_, res) => void setTimeout(() => res.end('hello'), 50))
    const fetch = fetchWith()
    const responses = await Promise.all([fetch(url), fetch(url), fetch(url)])
    await Promise.all(responses.map((response) => response.text()))
    expect(connections).toBe(3)
    expect(new Set(responses.map(({ attestation }) => attestation)).size).toBe(3)
  })

  test('rejects with the reason, and not with a riddle, where the server is of another image', async () => {
    await start()
    await expect(fetchWith({ policy: stage.otherPolicy })(url)).rejects.toMatchObject({
      code: 'ERR_POLICY_MEASUREMENT'
    })
    expect(connections).toBe(0)
  })

  test('accepts what one of several policies accepts', async () => {
    await start()
    const response = await fetchWith({ policy: [stage.otherPolicy, stage.policy] })(url)
    expect(await response.text()).toBe('hello')
  })

  test('never lets one policy use a connection of another', async () => {
    await start()
    const lax = fetchWith({ connections: 1 })
    await (await lax(url)).text()
    await expect(fetchWith({ policy: stage.otherPolicy })(url)).rejects.toMatchObject({
      code: 'ERR_POLICY_MEASUREMENT'
    })
    await (await lax(url)).text()
    expect(connections).toBe(1)
  })

  test('asks each host what is demanded of it, and no other host anything', async () => {
    const first = new URL(await start())
    const second = new URL(await start())
    const fetch = fetchWith({
      hosts: {
        [first.host]: { policy: stage.policy, trust },
        [second.host]: { policy: stage.otherPolicy, trust }
      }
    })
    expect(await (await fetch(first)).text()).toBe('hello')
    await expect(fetch(second)).rejects.toMatchObject({ code: 'ERR_POLICY_MEASUREMENT' })
    await expect(fetch('https://localhost:8443/')).rejects.toMatchObject({ code: 'ERR_POLICY_ORIGIN' })
  })

  test('follows a redirect to the same origin, and refuses any other before it says a word there', async () => {
    let strangers = 0
    const stranger = await start(() => strangers++)
    let target = '/b'
    await start((req, res) => {
      if (req.url === '/b') res.end('moved')
      else res.writeHead(302, { location: target }).end()
    })
    const fetch = fetchWith()
    const response = await fetch(`${url}/a`)
    expect(await response.text()).toBe('moved')
    expect(response.attestation.kind).toBe('snp')
    for (target of [stranger, url.replace('127.0.0.1', 'localhost'), url.replace('https', 'http')]) {
      await expect(fetch(`${url}/a`)).rejects.toMatchObject({ code: 'ERR_POLICY_ORIGIN' })
    }
    expect(strangers).toBe(0)
  })

  test.each(['http://localhost:8443/', 'data:text/plain,hello', 'blob:nodedata:1'])('refuses %s', async (address) => {
    await expect(fetchWith()(address)).rejects.toThrow()
    if (!address.startsWith('blob'))
      await expect(fetchWith()(address)).rejects.toMatchObject({ code: 'ERR_POLICY_ORIGIN' })
  })

  test('ignores a Host header when it decides whom to trust', async () => {
    await start((req, res) => res.end(req.headers.host))
    const response = await fetchWith()(url, { headers: { host: 'other.example' } })
    expect(response.attestation.kind).toBe('snp')
  })

  test('carries a megabyte both ways', async () => {
    await start((req, res) => void req.pipe(res))
    const response = await fetchWith()(url, { method: 'POST', body: megabyte })
    expect(Buffer.from(await response.arrayBuffer()).equals(megabyte)).toBe(true)
  })

  test('can be aborted', async () => {
    await start(() => undefined)
    await expect(fetchWith()(url, { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  test('finishes what is under way when it is closed, and then refuses', async () => {
    await start((_, res) => void setTimeout(() => res.end('done'), 50))
    const fetch = fetchWith()
    const response = await fetch(url)
    const closed = fetch.close()
    expect(await response.text()).toBe('done')
    await closed
    await expect(fetch(url)).rejects.toThrow()
  })

  test.each([
    [{ hosts: {} }, 'ERR_USAGE_OPTION'],
    [{ hosts: { 'https://a.example': {} } }, 'ERR_USAGE_OPTION'],
    [{ trust, policy: [] }, 'ERR_USAGE_POLICY_EMPTY'],
    [{ trust: undefined }, 'ERR_USAGE_OPTION'],
    [{ dispatcher: new Agent() }, 'ERR_USAGE_OPTION']
  ])('refuses options that say too little or too much: %j', (options, code) => {
    const make = (): unknown => fetchWith(options as Partial<FetchOptions>) // wrong on purpose
    expect(make).toThrow(expect.objectContaining({ code }))
  })

  test('refuses a dispatcher for one call', async () => {
    const init = { dispatcher: new Agent() } as FetchInit // wrong on purpose
    expect(() => fetchWith()('https://localhost/', init)).toThrow(expect.objectContaining({ code: 'ERR_USAGE_OPTION' }))
  })
})

describe('an attested dispatcher', () => {
  function dispatcherWith(options: Partial<AttestedDispatcherOptions> = {}) {
    const dispatcher = attestedDispatcher({ policy: stage.policy, trust, ...options })
    atEnd(() => dispatcher.close())
    return dispatcher
  }

  test('serves requests of undici', async () => {
    await start((req, res) => res.end(`hello ${req.url}`))
    const { body } = await dispatcherWith().request({ origin: url, path: '/a', method: 'GET' })
    expect(await body.text()).toBe('hello /a')
  })

  test("serves Node's own fetch", async () => {
    await start()
    const init = { dispatcher: dispatcherWith() } as unknown as RequestInit // of another version of undici
    expect(await (await fetch(url, init)).text()).toBe('hello')
  })

  test('begins no request on a connection that is too old, and keeps the younger ones', async () => {
    await start()
    const dispatcher = dispatcherWith({ maxConnectionAgeMs: 60, connections: 1 })
    const get = async (): Promise<void> => {
      const { body } = await dispatcher.request({ origin: url, path: '/', method: 'GET' })
      await body.text()
    }
    await get()
    await get()
    expect(connections).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 80))
    await get()
    expect(connections).toBe(2)
  })

  test('begins no request on a connection that has grown too old while the request waited for it', async () => {
    await start((_, res) => void setTimeout(() => res.end('hello'), 80))
    const dispatcher = dispatcherWith({ maxConnectionAgeMs: 60, connections: 1 })
    const get = async (): Promise<string> => {
      const { body } = await dispatcher.request({ origin: url, path: '/', method: 'GET' })
      return body.text()
    }
    expect(await Promise.all([get(), get(), get()])).toEqual(['hello', 'hello', 'hello'])
    expect(connections).toBe(3)
  })

  test('makes a new connection when the server has ended the last one', async () => {
    await start((_, res) => res.writeHead(200, { connection: 'close' }).end('hello'))
    const dispatcher = dispatcherWith({ connections: 1 })
    for (let i = 0; i < 3; i++) {
      const { body } = await dispatcher.request({ origin: url, path: '/', method: 'GET' })
      expect(await body.text()).toBe('hello')
    }
    expect(connections).toBe(3)
  })

  test('refuses plain http', async () => {
    const request = dispatcherWith().request({ origin: 'http://localhost:8443', path: '/', method: 'GET' })
    await expect(request).rejects.toMatchObject({ code: 'ERR_POLICY_ORIGIN' })
  })

  test('shares its connections among requests, as many as it may have', async () => {
    await start()
    const dispatcher = dispatcherWith({ connections: 2 })
    const requests = Array.from({ length: 12 }, async () => {
      const { body } = await dispatcher.request({ origin: url, path: '/', method: 'GET' })
      return body.text()
    })
    expect(new Set(await Promise.all(requests))).toEqual(new Set(['hello']))
    expect(connections).toBe(2)
  })
})
