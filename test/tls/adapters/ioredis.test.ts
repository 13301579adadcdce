import { once } from 'node:events'
import { Redis, type RedisOptions } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tlsVerdict } from '../../../packages/sdk/src/tls/index.js'
import { attestedConnector } from '../../../packages/sdk/src/tls/ioredis/index.js'
import { missingParts, skipNote } from '../../support/system-parts.js'
import { host, trust } from '../support.js'
import { type Running, serveBehind, startRedis } from './behind.js'
import { atEnd, megabyte, serve, setStage } from './stage.js'

const missing = missingParts(['redis'])

describe.skipIf(missing !== undefined)(`ioredis before a real Redis${skipNote(missing)}`, () => {
  const stage = setStage()
  let redis: Running

  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.stop())

  async function open(options: Partial<RedisOptions> = {}, clients = {}): Promise<Redis> {
    const server = serveBehind(redis.path, { provider: stage.provider, ...clients })
    const port = await serve(server)
    const Connector = attestedConnector({ policy: stage.policy, trust })
    return client({ host, port, Connector, ...options })
  }

  it('stores and reads on an accepted server, and the socket has the verdict', async () => {
    const client = await open()
    await client.set('greeting', 'hello')
    expect(await client.get('greeting')).toBe('hello')
    expect(tlsVerdict(client.stream)).toMatchObject({ kind: 'snp', alpn: 'tresor1+raw' })
  })

  it('carries a megabyte both ways', async () => {
    const client = await open()
    await client.set('block', megabyte)
    expect(megabyte.equals((await client.getBuffer('block')) ?? Buffer.alloc(0))).toBe(true)
  })

  it('connects and attests again when a connection was lost', async () => {
    const before = stage.provider.quotes
    const client = await open({ retryStrategy: () => 10 })
    await client.ping()
    client.stream.destroy()
    expect(await client.ping()).toBe('PONG')
    expect(stage.provider.quotes - before).toBe(2)
  })

  it('ends a connection that has grown old once its commands are answered, and none that is young', async () => {
    const before = stage.provider.quotes
    const server = serveBehind(redis.path, { provider: stage.provider })
    const Connector = attestedConnector({ policy: stage.policy, trust, maxConnectionAgeMs: 100 })
    const own = client({ host, port: await serve(server), Connector, retryStrategy: () => 5 })
    await own.ping()
    expect(stage.provider.quotes - before).toBe(1)
    const late = own.blpop('nothing here', 0.4)
    await once(own, 'close')
    expect(await late).toBeNull()
    await own.set('counter', 1)
    expect(await own.incr('counter')).toBe(2)
    expect(stage.provider.quotes - before).toBeGreaterThan(1)
  })

  it('waits for a server that is not there yet, and gives up where evidence was refused', async () => {
    const first = serveBehind(redis.path, { provider: stage.provider })
    const port = await serve(first)
    first.close()
    const Connector = attestedConnector({ policy: stage.policy, trust })
    const redisClient = client({ host, port, Connector, retryStrategy: () => 20 })
    const answer = redisClient.ping()
    const [error] = await once(redisClient, 'error')
    expect(error).toMatchObject({ code: 'ERR_TLS_CONNECT' })
    const second = serveBehind(redis.path, { provider: stage.provider })
    second.listen(port, host)
    atEnd(() => second.close())
    expect(await answer).toBe('PONG')
    const refusing = attestedConnector({ policy: stage.otherPolicy, trust })
    const refused = client({ host, port, Connector: refusing, retryStrategy: () => 20 })
    await expect(refused.ping()).rejects.toMatchObject({ code: 'ERR_POLICY_MEASUREMENT' })
    expect(refused.status).toBe('end')
  })

  it('proves the client to a server that asks for it', async () => {
    const Connector = attestedConnector({ policy: stage.policy, trust, provider: stage.provider })
    expect(await (await open({ Connector }, { clients: stage.policy })).ping()).toBe('PONG')
  })

  it('sends no command to a server of another image', async () => {
    const Connector = attestedConnector({ policy: stage.otherPolicy, trust })
    const client = await open({ Connector, lazyConnect: true })
    await expect(client.connect()).rejects.toMatchObject({ code: 'ERR_POLICY_MEASUREMENT' })
  })

  it('quits in good order', async () => {
    const client = await open()
    await client.ping()
    expect(await client.quit()).toBe('OK')
  })
})

describe('the connector for ioredis', () => {
  const stage = setStage()

  it.each([[{ tls: {} }], [{ sentinels: [{ host: 'a', port: 1 }] }]])('refuses to go with %j', (options) => {
    const Connector = attestedConnector({ policy: stage.policy, trust })
    const make = (): Redis => new Redis({ ...(options as object), Connector, lazyConnect: true })
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_USAGE_OPTION' }))
  })

  it('gives up when ioredis does, before there is a connection', async () => {
    const collect = (): Promise<never> => new Promise(() => undefined)
    const port = await serve(serveBehind('/nowhere', { provider: { ...stage.provider, collect } }))
    const redis = client({
      host,
      port,
      Connector: attestedConnector({ policy: stage.policy, trust }),
      lazyConnect: true
    })
    const connected = redis.connect()
    setTimeout(() => redis.disconnect(), 50)
    await expect(connected).rejects.toThrow()
  })
})

/** Errors are reported to listeners as well as to commands, and ioredis prints those that nobody listens to. */
function client(options: RedisOptions): Redis {
  const redis = new Redis({ retryStrategy: () => null, ...(options as object) }) // whose types differ in undefined only
  redis.on('error', () => undefined)
  atEnd(() => redis.disconnect())
  return redis
}
