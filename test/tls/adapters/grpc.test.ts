import { EventEmitter, once } from 'node:events'
import { Client, credentials, Metadata, Server, type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js'
import { describe, expect, test } from 'vitest'
import { attestedCredentials, createServer } from '../../../packages/sdk/src/tls/grpc/index.js'
import { verdictOf } from '../../../packages/sdk/src/tls/index.js'
import { host, trust } from '../support.js'
import { atEnd, megabyte, serve, setStage } from './stage.js'

const path = '/test.Echo/Say'
const bytes = (value: Buffer): Buffer => value

describe('gRPC', () => {
  const stage = setStage()

  let grpc: Server
  /** Where a test listens, it answers calls itself. */
  const calls = new EventEmitter()

  async function start(clients = {}): Promise<number> {
    grpc = new Server()
    const method = { path, requestStream: false, responseStream: false } as const
    const codec = {
      requestSerialize: bytes,
      requestDeserialize: bytes,
      responseSerialize: bytes,
      responseDeserialize: bytes
    }
    const say = (call: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>): void => {
      const answer = (): void => reply(null, call.request)
      if (!calls.emit('call', answer, call)) answer()
    }
    grpc.addService({ Say: { ...method, ...codec } }, { Say: say })
    atEnd(() => grpc.forceShutdown())
    return serve(createServer({ grpc, attestation: { provider: stage.provider, ...clients } }))
  }

  function clientFor(port: number, own = attestedCredentials({ policy: stage.policy, trust })): Client {
    const client = new Client(`${host}:${port}`, own)
    atEnd(() => client.close())
    return client
  }

  test('calls a method on an accepted server, with a megabyte each way', async () => {
    const client = clientFor(await start())
    expect(megabyte.equals(await say(client, megabyte))).toBe(true)
  })

  test('carries many calls on one connection, and is asked for evidence once', async () => {
    const port = await start()
    const before = stage.provider.quotes
    const client = clientFor(port)
    const words = Array.from({ length: 20 }, (_, i) => Buffer.from(`word ${i}`))
    expect(await Promise.all(words.map((word) => say(client, word)))).toEqual(words)
    expect(stage.provider.quotes - before).toBe(1)
  })

  test('proves the client to a server that asks for it', async () => {
    const port = await start({ clients: stage.policy })
    const proven = attestedCredentials({ policy: stage.policy, trust, provider: stage.provider })
    expect(String(await say(clientFor(port, proven), Buffer.from('hello')))).toBe('hello')
    await expect(say(clientFor(port), Buffer.from('hello'))).rejects.toMatchObject({ code: status.UNAVAILABLE })
  })

  test('fails, and says why, where the server is of another image', async () => {
    const client = clientFor(await start(), attestedCredentials({ policy: stage.otherPolicy, trust }))
    await expect(say(client, Buffer.from('secret'))).rejects.toMatchObject({
      code: status.UNAVAILABLE,
      details: expect.stringContaining('measurement')
    })
  })

  test('never shares a channel among policies', async () => {
    const port = await start()
    await say(clientFor(port), Buffer.from('hello'))
    const other = clientFor(port, attestedCredentials({ policy: stage.otherPolicy, trust }))
    await expect(say(other, Buffer.from('secret'))).rejects.toMatchObject({ code: status.UNAVAILABLE })
  })

  test('shuts down in good order: the call under way is answered', async () => {
    const answer = say(clientFor(await start()), Buffer.from('last'))
    const [reply] = await once(calls, 'call')
    const ended = new Promise<Error | undefined>((resolve) => grpc.tryShutdown(resolve))
    reply()
    expect(String(await answer)).toBe('last')
    expect(await ended).toBeUndefined()
  })

  test('goes with call credentials', async () => {
    const token = credentials.createFromMetadataGenerator((_, done) => done(null, new Metadata()))
    const own = attestedCredentials({ policy: stage.policy, trust }).compose(token)
    expect(String(await say(clientFor(await start(), own), Buffer.from('hello')))).toBe('hello')
  })

  test('begins no call on a connection that is too old for the client', async () => {
    const before = stage.provider.quotes
    const own = attestedCredentials({ policy: stage.policy, trust, maxConnectionAgeMs: 100 })
    const client = clientFor(await start(), own)
    for (const word of ['one', 'two']) expect(String(await say(client, Buffer.from(word)))).toBe(word)
    expect(stage.provider.quotes - before).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 120))
    const words = ['three', 'four', 'five'].map((word) => Buffer.from(word))
    expect(await Promise.all(words.map((word) => say(client, word)))).toEqual(words)
    expect(stage.provider.quotes - before).toBe(2)
  })

  test('ends connections that are too old for the server in good order: the call under way is answered', async () => {
    const before = stage.provider.quotes
    const client = clientFor(await start({ maxConnectionAgeMs: 80 }))
    const answer = say(client, Buffer.from('slow'))
    const [reply] = await once(calls, 'call')
    await new Promise((resolve) => setTimeout(resolve, 120))
    reply()
    expect(String(await answer)).toBe('slow')
    calls.removeAllListeners()
    expect(String(await say(client, Buffer.from('next')))).toBe('next')
    expect(stage.provider.quotes - before).toBe(2)
  })

  test('shows handlers the verdict on their client, and none on one that proved nothing', async () => {
    const seen: unknown[] = []
    calls.on('call', (reply: () => void, call: object) => {
      seen.push(verdictOf(call)?.kind)
      reply()
    })
    atEnd(() => calls.removeAllListeners())
    const proven = attestedCredentials({ policy: stage.policy, trust, provider: stage.provider })
    await say(clientFor(await start({ clients: stage.policy }), proven), Buffer.from('hello'))
    await say(clientFor(await start()), Buffer.from('hello'))
    expect(seen).toEqual(['snp', undefined])
  })

  test('refuses options that say too little', () => {
    const wrong = { policy: stage.policy } as Parameters<typeof attestedCredentials>[0]
    expect(() => attestedCredentials(wrong)).toThrow(expect.objectContaining({ code: 'ERR_USAGE_OPTION' }))
  })
})

function say(client: Client, words: Buffer): Promise<Buffer> {
  const deadline = { deadline: Date.now() + 10_000 }
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, bytes, bytes, words, new Metadata(), deadline, (error, answer) => {
      if (error !== null) reject(error)
      else resolve(answer ?? Buffer.alloc(0))
    })
  })
}
