import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { type RawData, WebSocket, WebSocketServer } from 'ws'
import { attestedAgent } from '../../../packages/sdk/src/tls/agent/index.js'
import { createServer as createHttpsServer } from '../../../packages/sdk/src/tls/https/index.js'
import { tlsVerdict } from '../../../packages/sdk/src/tls/index.js'
import {
  type AttestedWebSocket,
  type AttestedWebSocketServer,
  type ConnectOptions,
  connect,
  createServer
} from '../../../packages/sdk/src/tls/ws/index.js'
import { trust } from '../support.js'
import { atEnd, megabyte, serve, setStage } from './stage.js'

describe('a WebSocket', () => {
  const stage = setStage()
  let server: AttestedWebSocketServer
  let url: string

  async function start(onSocket: Parameters<typeof createServer>[1], mutual = false): Promise<void> {
    const clients = mutual ? { clients: stage.policy } : {}
    server = createServer({ attestation: { provider: stage.provider, ...clients } }, onSocket)
    url = `wss://127.0.0.1:${await serve(server)}/`
  }

  async function open(options: Partial<ConnectOptions> = {}): Promise<AttestedWebSocket> {
    const socket = await connect(url, { policy: stage.policy, trust, ...options })
    atEnd(() => socket.terminate())
    return socket
  }

  test('knows who is at its other end, on both sides', async () => {
    await start((socket, request) => socket.send(String(request.attestation?.kind)), true)
    const socket = await open({ provider: stage.provider })
    const [message] = await once(socket, 'message')
    expect(String(message)).toBe('snp')
    expect(socket.attestation).toMatchObject({ kind: 'snp', alpn: 'tresor1+http/1.1' })
  })

  test('carries a megabyte both ways, and closes with code and reason', async () => {
    await start((socket) => socket.on('message', (data: RawData) => socket.send(data as Buffer)))
    const socket = await open()
    socket.send(megabyte)
    const [echo] = await once(socket, 'message')
    expect(megabyte.equals(echo)).toBe(true)
    const [peer] = server.webSockets.clients
    const closed = once(peer as WebSocket, 'close')
    socket.close(4000, 'enough')
    const [code, reason] = await closed
    expect([code, String(reason)]).toEqual([4000, 'enough'])
  })

  test('is refused before the upgrade where the server is of another image', async () => {
    let upgrades = 0
    await start(() => upgrades++)
    await expect(open({ policy: stage.otherPolicy })).rejects.toMatchObject({ code: 'ERR_POLICY_MEASUREMENT' })
    expect(upgrades).toBe(0)
  })

  test('agrees on a subprotocol', async () => {
    await start(() => undefined)
    expect((await open({ protocols: ['chat'] })).protocol).toBe('chat')
  })

  test('runs with plain ws: its server on an attested https server, its client with an attested agent', async () => {
    const https = createHttpsServer({ attestation: { provider: stage.provider } }, (_, res) => res.end('hello'))
    new WebSocketServer({ server: https }).on('connection', (socket) => socket.send('welcome'))
    const agent = attestedAgent({ policy: stage.policy, trust })
    atEnd(() => agent.destroy())
    const socket = new WebSocket(`wss://127.0.0.1:${await serve(https)}/`, { agent })
    atEnd(() => socket.terminate())
    const [{ socket: carrier }] = await once(socket, 'upgrade')
    expect(tlsVerdict(carrier)).toMatchObject({ kind: 'snp' })
    const [message] = await once(socket, 'message')
    expect(String(message)).toBe('welcome')
  })

  test.each(['ws://localhost/', 'https://localhost/'])('refuses the URL %s', async (address) => {
    await expect(connect(address, { policy: stage.policy, trust })).rejects.toMatchObject({ code: 'ERR_USAGE_OPTION' })
  })

  test.each(['agent', 'createConnection', 'followRedirects'])('refuses the option %s of ws', async (name) => {
    const ws = { [name]: true } as NonNullable<ConnectOptions['ws']> // wrong on purpose
    const opened = connect('wss://localhost/', { policy: stage.policy, trust, ws })
    await expect(opened).rejects.toMatchObject({ code: 'ERR_USAGE_OPTION' })
  })

  test.each(['server', 'port', 'noServer'])('refuses the option %s of its server', (name) => {
    const options = { attestation: { provider: stage.provider }, ws: { [name]: 1 } }
    expect(() => createServer(options, () => undefined)).toThrow(expect.objectContaining({ code: 'ERR_USAGE_OPTION' }))
  })
})
