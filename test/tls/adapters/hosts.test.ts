// Policies by host, and several policies for one: in every client that talks to many hosts.
import { once } from 'node:events'
import { request as httpsRequest } from 'node:https'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { attestedAgent } from '../../../packages/sdk/src/tls/agent/index.js'
import { createFetch } from '../../../packages/sdk/src/tls/fetch/index.js'
import { type AttestedHttpsServer, createServer } from '../../../packages/sdk/src/tls/https/index.js'
import { attestedDispatcher } from '../../../packages/sdk/src/tls/undici/index.js'
import type { Policy } from '../../../packages/sdk/src/verify/index.js'
import { host, listen, policyOf, testProvider, textOf, trust } from '../support.js'
import { atEnd, setStage } from './stage.js'

interface HostOptions {
  readonly policy: Policy | readonly Policy[]
  readonly trust: typeof trust
}

type Options =
  | HostOptions
  | { readonly hosts: Readonly<Record<string, HostOptions>> | ((host: string) => HostOptions | undefined) }

/** Gets text from a port of this machine. */
type Get = (port: number) => Promise<string>

const clients: readonly [string, (options: Options) => Get][] = [
  [
    'an agent',
    (options) => {
      const agent = attestedAgent(options)
      atEnd(() => agent.destroy())
      return async (port) => textOf((await once(httpsRequest({ host, port, agent }).end(), 'response'))[0])
    }
  ],
  [
    'a dispatcher',
    (options) => {
      const dispatcher = attestedDispatcher(options)
      atEnd(() => dispatcher.close())
      return async (port) =>
        (await dispatcher.request({ origin: `https://${host}:${port}`, path: '/', method: 'GET' })).body.text()
    }
  ],
  [
    'a fetch',
    (options) => {
      const fetch = createFetch(options)
      atEnd(() => fetch.close())
      return async (port) => (await fetch(`https://${host}:${port}/`)).text()
    }
  ]
]

const stage = setStage()
const servers: AttestedHttpsServer[] = []
const ports: number[] = []
let policies: readonly [Policy, Policy]
let connections = 0

beforeAll(async () => {
  const images = [testProvider(), testProvider({ measurement: new Uint8Array(48).fill(7) })] as const
  policies = [await policyOf(images[0]), await policyOf(images[1])]
  for (const [i, provider] of images.entries()) {
    const server = createServer({ attestation: { provider } }, (_, res) => res.end(`image ${i}`))
    server.on('connection', () => connections++)
    servers.push(server)
    ports.push(await listen(server))
  }
})
afterAll(() => {
  for (const server of servers) {
    server.close()
    server.closeAllConnections()
  }
})

const [first, second] = [() => ports[0] ?? 0, () => ports[1] ?? 0]
const own = (policy: Policy | readonly Policy[]): HostOptions => ({ policy, trust })
const at = (port: number): string => `${host}:${port}`

describe.each(clients)('%s', (_, make) => {
  test('asks each host what is demanded of it', async () => {
    const get = make({ hosts: { [at(first())]: own(policies[0]), [at(second())]: own(policies[1]) } })
    expect([await get(first()), await get(second()), await get(first())]).toEqual(['image 0', 'image 1', 'image 0'])
  })

  test('accepts at no host what is demanded of another', async () => {
    const get = make({ hosts: { [at(first())]: own(policies[1]), [at(second())]: own(policies[0]) } })
    for (const port of [first(), second()]) {
      await expect(get(port)).rejects.toMatchObject({ code: 'ERR_POLICY_MEASUREMENT' })
    }
  })

  test('does not even connect to a host that nobody has named', async () => {
    const get = make({ hosts: { [at(first())]: own(policies[0]) } })
    expect(await get(first())).toBe('image 0')
    const before = connections
    await expect(get(second())).rejects.toMatchObject({ code: 'ERR_POLICY_ORIGIN' })
    expect(connections).toBe(before)
  })

  test('takes a function, and asks it once for each host', async () => {
    const asked: string[] = []
    const get = make({
      hosts: (name) => {
        asked.push(name)
        return name === at(first()) ? own(policies[0]) : undefined
      }
    })
    expect([await get(first()), await get(first())]).toEqual(['image 0', 'image 0'])
    await expect(get(second())).rejects.toMatchObject({ code: 'ERR_POLICY_ORIGIN' })
    expect(asked).toEqual([at(first()), at(second())])
  })

  test('accepts the old and the new image during a deployment, and no third', async () => {
    const get = make(own(policies))
    expect([await get(first()), await get(second())]).toEqual(['image 0', 'image 1'])
    await expect(make(own([policies[1], policies[1]]))(first())).rejects.toMatchObject({
      code: 'ERR_POLICY_MEASUREMENT'
    })
  })

  test.each([
    [{}],
    [{ 'https://x.example': 1 }],
    [{ 'X.example': 1 }],
    [{ 'x.example:443': 1 }],
    [{ 'x.example/path': 1 }]
  ])('refuses hosts that would match nothing: %j', (hosts) => {
    const named = Object.fromEntries(Object.keys(hosts).map((name) => [name, own(stage.policy)]))
    expect(() => make({ hosts: named })).toThrow(expect.objectContaining({ code: 'ERR_USAGE_OPTION' }))
  })

  test('refuses options of all hosts beside those of each', () => {
    const both = { hosts: { 'x.example': own(stage.policy) }, trust } as Options
    expect(() => make(both)).toThrow(expect.objectContaining({ code: 'ERR_USAGE_OPTION' }))
  })
})
