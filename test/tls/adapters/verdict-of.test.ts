// One question for all handlers: what is known of the other end?
import { once } from 'node:events'
import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
import express from 'express'
import fastify from 'fastify'
import { describe, expect, test } from 'vitest'
import { type AttestedAgent, attestedAgent } from '../../../packages/sdk/src/tls/agent/index.js'
import { connect as connectHttp2, createSecureServer } from '../../../packages/sdk/src/tls/http2/index.js'
import { createServer } from '../../../packages/sdk/src/tls/https/index.js'
import { tlsVerdict, verdictOf } from '../../../packages/sdk/src/tls/index.js'
import { connect as connectWs, createServer as createWsServer } from '../../../packages/sdk/src/tls/ws/index.js'
import { host, textOf, trust } from '../support.js'
import { atEnd, serve, setStage } from './stage.js'

const stage = setStage()
const attestation = () => ({ provider: stage.provider, clients: stage.policy })

function agent(): AttestedAgent {
  const own = attestedAgent({ policy: stage.policy, trust, provider: stage.provider })
  atEnd(() => own.destroy())
  return own
}

async function get(port: number): Promise<string> {
  const [response] = await once(request({ host, port, agent: agent() }).end(), 'response')
  return textOf(response)
}

async function session(port: number) {
  const own = await connectHttp2({ host, port, policy: stage.policy, trust, provider: stage.provider })
  atEnd(() => own.destroy())
  return own
}

describe('verdictOf', () => {
  test('knows requests, responses and sockets of HTTP/1.1', async () => {
    const server = createServer({ attestation: attestation() }, (req, res) => {
      const all = [req, res, req.socket].map(verdictOf)
      res.end(String(all.every((one) => one !== undefined && one === req.attestation)))
    })
    expect(await get(await serve(server))).toBe('true')
  })

  test('knows requests, responses, streams, sessions and sockets of HTTP/2, at both ends', async () => {
    const server = createSecureServer({ attestation: attestation() }, (req, res) => {
      const all = [req, res, req.stream, req.stream.session, req.socket].map(verdictOf)
      res.end(String(all.every((one) => one !== undefined && one === req.attestation)))
    })
    const client = await session(await serve(server))
    const stream = client.request()
    expect(verdictOf(stream)).toMatchObject({ kind: 'snp', alpn: 'tresor1+h2' })
    expect(tlsVerdict(client.socket)).toBe(verdictOf(client))
    expect(await textOf(stream)).toBe('true')
  })

  test('knows nothing once a session has ended, and does not fail', async () => {
    const client = await session(await serve(createSecureServer({ attestation: attestation() })))
    const { socket } = client
    client.destroy()
    await once(client, 'close')
    expect([verdictOf(client), verdictOf(socket), tlsVerdict(socket)]).toEqual([undefined, undefined, undefined])
  })

  test('knows requests of express', async () => {
    const app = express()
    app.get('/', (req, res) => void res.send(String(verdictOf(req)?.kind)))
    expect(await get(await serve(createServer({ attestation: attestation() }, app as never)))).toBe('snp') // typed for node:http
  })

  test.each(['HTTP/1.1', 'HTTP/2'])('knows requests of fastify on %s', async (version) => {
    const serverFactory = (handler: (...values: never[]) => void) =>
      (version === 'HTTP/2' ? createSecureServer : createServer)(
        { attestation: attestation() },
        handler as never
      ) as never
    const app = fastify({ serverFactory, ...(version === 'HTTP/2' ? { http2: true } : {}) } as never) // typed by the kind of server
    app.get('/', async (req: object) => String(verdictOf(req)?.kind))
    await app.listen({ host, port: 0 })
    atEnd(() => app.close())
    const { port } = app.server.address() as AddressInfo
    if (version === 'HTTP/1.1') expect(await get(port)).toBe('snp')
    else {
      const client = await session(port)
      expect(await textOf(client.request())).toBe('snp')
      client.close()
    }
  })

  test('knows the request of an upgrade', async () => {
    const server = createWsServer({ attestation: attestation() }, (socket, req) =>
      socket.send(String(verdictOf(req)?.kind))
    )
    const options = { policy: stage.policy, trust, provider: stage.provider } as const
    const socket = await connectWs(`wss://${host}:${await serve(server)}/`, options)
    atEnd(() => socket.terminate())
    expect(String((await once(socket, 'message'))[0])).toBe('snp')
  })

  test.each([null, undefined, {}, { socket: null }, { session: 1 }, { getAuthContext: () => ({}) }])(
    'knows nothing of %o',
    (thing) => {
      expect(verdictOf(thing)).toBeUndefined()
    }
  )

  test('knows nothing of a thing that claims to be attested', () => {
    expect(
      verdictOf({ attestation: { kind: 'snp' }, socket: { attestation: { kind: 'snp' }, off: () => ({}) } })
    ).toBeUndefined()
  })
})
