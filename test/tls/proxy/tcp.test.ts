// Bytes through both directions of a proxy, on real sockets.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, connect as netConnect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as tlsConnect } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { connect } from '../../../packages/sdk/src/tls/raw/index.js'
import { connectByHand, host, testProvider, textOf, trust } from '../support.js'
import {
  atEnd,
  backend,
  call,
  closed,
  echo,
  heardFrom,
  metric,
  setProxyStage,
  start,
  startPair,
  until
} from './stage.js'

const stage = setProxyStage()
const megabyte = randomBytes(1 << 20)

describe('bytes', () => {
  it('come back from an echo through both directions, unchanged', async () => {
    const { port } = await startPair(stage, await backend(echo))
    const socket = await call(port)
    socket.end(megabyte)
    const parts: Buffer[] = []
    for await (const part of socket) parts.push(part)
    expect(Buffer.concat(parts).equals(megabyte)).toBe(true)
  })

  it('are counted, once, in both directions of both proxies', async () => {
    const { port, inside, outside } = await startPair(stage, await backend((socket) => socket.resume().end('12345678')))
    const socket = await call(port)
    socket.end('123')
    expect(await textOf(socket)).toBe('12345678')
    for (const [{ proxy }, route] of [
      [inside, 'in'],
      [outside, 'out']
    ] as const) {
      await until(() => metric(proxy.metrics(), `tresor_proxy_connections_open{route="${route}"}`) === 0)
      const text = proxy.metrics()
      expect(metric(text, `tresor_proxy_bytes_total{route="${route}",direction="in"}`)).toBe(3)
      expect(metric(text, `tresor_proxy_bytes_total{route="${route}",direction="out"}`)).toBe(8)
      expect(metric(text, `tresor_proxy_connections_total{route="${route}"}`)).toBe(1)
      expect(metric(text, `tresor_proxy_handshake_seconds_count{route="${route}"}`)).toBe(1)
    }
    expect(metric(inside.proxy.metrics(), 'tresor_proxy_quote_seconds_count')).toBe(1)
  })

  it('reach a backend on a Unix socket', async () => {
    const path = join(tmpdir(), `tresor-proxy-${process.pid}.sock`)
    const server = createServer((socket) => socket.end('from the socket')).listen(path)
    atEnd(() => server.close())
    await once(server, 'listening')
    const { port } = await startPair(stage, `unix:${path}`)
    expect(await textOf(await call(port))).toBe('from the socket')
  })

  it('pass clients of the SDK, which need no proxy of their own', async () => {
    const { inside } = await startPair(stage, await backend(echo))
    const socket = await connect({ host, port: inside.portOf('in'), policy: stage.policy, trust })
    atEnd(() => socket.destroy())
    socket.write('hello')
    expect(String((await once(socket, 'data'))[0])).toBe('hello')
  })
})

describe('an end', () => {
  it('of the client is passed on, and the backend goes on answering', async () => {
    const { port } = await startPair(
      stage,
      await backend(async (socket) => {
        const heard = await heardFrom(socket)
        for (const word of ['one ', 'two ', heard]) {
          socket.write(word)
          await sleep(5)
        }
        socket.end()
      })
    )
    const socket = await call(port)
    socket.end('three')
    expect(await heardFrom(socket)).toBe('one two three')
  })

  it('of the backend is passed on, and the client goes on talking', async () => {
    const heard = new Promise<string>((resolve) => {
      backend((socket) => {
        socket.end('done')
        resolve(heardFrom(socket))
      }).then(async (port) => {
        const socket = await call((await startPair(stage, port)).port)
        expect(await heardFrom(socket)).toBe('done')
        socket.write('still ')
        await sleep(20)
        socket.end('here')
      })
    })
    expect(await heard).toBe('still here')
  })

  it('after which the other side says nothing for too long closes the connection', async () => {
    const timeouts = { halfClosedMs: 50 }
    const port = await backend((socket) => socket.resume())
    const { port: entry, inside } = await startPair(stage, port, { server: { timeouts }, client: { timeouts } })
    for (const words of ['', 'a few words']) {
      const socket = await call(entry)
      socket.end(words)
      await closed(socket)
    }
    await until(() => metric(inside.proxy.metrics(), 'tresor_proxy_connections_open{route="in"}') === 0)
  })

  it('by reset of the backend is a reset for the client, not an end in peace', async () => {
    const { port } = await startPair(
      stage,
      await backend((socket) => socket.once('data', () => socket.resetAndDestroy()))
    )
    const socket = await call(port)
    socket.resume().write('hello')
    const [error] = await once(socket, 'error')
    expect(error).toMatchObject({ code: 'ECONNRESET' })
  })

  it('by reset of the client is a reset for the backend', async () => {
    const failures: unknown[] = []
    const { port } = await startPair(
      stage,
      await backend((socket) => {
        socket.write('hello')
        socket.resume().on('error', (error) => failures.push(error))
      })
    )
    const socket = await call(port)
    await once(socket, 'data')
    socket.resetAndDestroy()
    await until(() => failures.length > 0)
    expect(failures).toMatchObject([{ code: 'ECONNRESET' }])
  })
})

describe('a slow reader', () => {
  it('slows the writer down: what waits on the way is bounded', async () => {
    let written = 0
    const { port } = await startPair(
      stage,
      await backend((socket) => {
        const write = (): void => {
          written += megabyte.length
          socket.write(megabyte, () => socket.destroyed || write())
        }
        write()
      })
    )
    const socket = (await call(port)).pause()
    let seen = -1
    while (seen !== written) {
      seen = written
      await sleep(200)
    }
    expect(written).toBeLessThan(64 << 20) // the buffers of the kernel on three connections, and of streams
    let read = 0
    socket.on('data', (data) => {
      read += data.length
    })
    socket.resume()
    await until(() => read > seen)
    expect(written).toBeGreaterThan(seen)
  })
})

describe('a refusal', () => {
  it('of the server by the policy resets the local program, and is told', async () => {
    const { port, outside, inside } = await startPair(stage, await backend(echo), {
      client: { policy: stage.otherPolicy }
    })
    const socket = await call(port)
    await closed(socket)
    await until(() => outside.events.some(({ kind }) => kind === 'refused'))
    expect(outside.events).toContainEqual(
      expect.objectContaining({ kind: 'refused', route: 'out', code: 'ERR_POLICY_MEASUREMENT' })
    )
    const refused = 'tresor_proxy_connections_refused_total{route="out",code="ERR_POLICY_MEASUREMENT"}'
    expect(metric(outside.proxy.metrics(), refused)).toBe(1)
    await until(() => inside.events.some(({ kind }) => kind === 'refused'))
    expect(inside.events).toContainEqual(expect.objectContaining({ kind: 'refused', code: 'ERR_POLICY_PEER' }))
  })

  it('of a client without evidence reaches no backend', async () => {
    let reached = 0
    const port = await backend(() => reached++)
    const { port: entry, inside } = await startPair(stage, port, { server: { clients: stage.policy } })
    await closed(await call(entry))
    await until(() => inside.events.some(({ kind }) => kind === 'refused'))
    expect(inside.events).toContainEqual(expect.objectContaining({ code: 'ERR_POLICY_UNATTESTED' }))
    expect(reached).toBe(0)
  })

  it('is none for a client that proves itself', async () => {
    const { port } = await startPair(stage, await backend(echo), {
      server: { clients: stage.policy },
      client: { provider: stage.provider }
    })
    const socket = await call(port)
    socket.end('mutual')
    expect(await textOf(socket)).toBe('mutual')
  })

  it('of a client that proves another image reaches no backend', async () => {
    const { port, inside } = await startPair(stage, await backend(echo), {
      server: { clients: stage.policy },
      client: { provider: testProvider({ measurement: new Uint8Array(48).fill(7) }) }
    })
    await closed(await call(port))
    await until(() => inside.events.some(({ kind }) => kind === 'refused'))
    expect(inside.events).toContainEqual(expect.objectContaining({ code: 'ERR_POLICY_MEASUREMENT' }))
  })

  it.each([
    ['no ALPN', {}, 'ERR_TLS_ALPN'],
    ['the ALPN of plain HTTP', { ALPNProtocols: ['http/1.1'] }, 'ERR_TLS_ALPN'],
    ['TLS 1.2', { ALPNProtocols: ['tresor1+raw'], maxVersion: 'TLSv1.2' as const }, 'ERR_TLS_VERSION']
  ])('of a TLS client with %s reaches no backend', async (_, options, code) => {
    let reached = 0
    const { inside } = await startPair(stage, await backend(() => reached++))
    const socket = tlsConnect({ host, port: inside.portOf('in'), rejectUnauthorized: false, ...options })
    socket.on('error', () => undefined)
    await closed(socket)
    await until(() => inside.events.some(({ kind }) => kind === 'refused'))
    expect(inside.events).toContainEqual(expect.objectContaining({ kind: 'refused', code }))
    expect(reached).toBe(0)
  })

  it('is not told for whoever only looks whether somebody listens', async () => {
    const { inside } = await startPair(stage, await backend(echo))
    const socket = await call(inside.portOf('in'))
    socket.end()
    await closed(socket)
    const refused = 'tresor_proxy_connections_refused_total{route="in",code="ERR_TLS_CLOSED"}'
    await until(() => metric(inside.proxy.metrics(), refused) === 1)
    expect(inside.events.filter(({ kind }) => kind === 'refused')).toEqual([])
  })
})

describe('a backend that is down', () => {
  it('resets the client, is told by name, and is found again when it is back', async () => {
    const port = await backend(echo)
    const { port: entry, inside } = await startPair(stage, 1)
    const socket = await call(entry)
    socket.resume()
    const [error] = await once(socket, 'error')
    expect(error).toMatchObject({ code: 'ECONNRESET' })
    expect(inside.events).toContainEqual(expect.objectContaining({ kind: 'refused', code: 'ERR_PROXY_BACKEND' }))
    await inside.proxy.reload({
      routes: [{ name: 'in', listen: `${host}:0`, to: `${host}:${port}`, provider: stage.provider }]
    })
    const again = await call(entry)
    again.end('back')
    expect(await textOf(again)).toBe('back')
  })

  it('is a server that cannot be reached, for the other direction', async () => {
    const { proxy, events, portOf } = await start({
      routes: [{ name: 'out', listen: `${host}:0`, connect: `${host}:1`, policy: stage.policy, trust }]
    })
    await closed(await call(portOf('out')))
    await until(() => events.some(({ kind }) => kind === 'refused'))
    expect(events).toContainEqual(expect.objectContaining({ code: 'ERR_TLS_CONNECT' }))
    expect(metric(proxy.metrics(), 'tresor_proxy_connections_open{route="out"}')).toBe(0)
  })
})

describe('limits', () => {
  it('refuse connections beyond the number that is allowed, and admit others when one has gone', async () => {
    const { port, outside } = await startPair(stage, await backend(echo), { client: { limits: { connections: 2 } } })
    const first = await call(port)
    const second = await call(port)
    for (const socket of [first, second]) {
      socket.write('x')
      await once(socket, 'data')
    }
    await closed(netConnect({ port, host }).on('error', () => undefined))
    expect(outside.events).toContainEqual(expect.objectContaining({ kind: 'refused', code: 'ERR_PROXY_LIMIT' }))
    first.end()
    await closed(first)
    const third = await call(port)
    third.end('third')
    expect(await textOf(third)).toBe('third')
  })

  it('let handshakes towards a server wait for their turn', async () => {
    const { port } = await startPair(stage, await backend(echo), { client: { limits: { handshakes: 1 } } })
    const sockets = await Promise.all(Array.from({ length: 8 }, () => call(port)))
    const heard = sockets.map((socket, i) => textOf(socket.end(String(i))))
    expect(await Promise.all(heard)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7'])
  })

  it.each([
    ['in the TLS handshake', async (port: number) => void (await call(port)).resume()],
    ['in the exchange', async (port: number) => void (await connectByHand(port))]
  ])('let those who wait %s make room for others from their address', async (_, dawdle) => {
    const { inside, port } = await startPair(stage, await backend(echo), {
      server: { limits: { handshakesPerAddress: 5 } }
    })
    for (let i = 0; i < 12; i++) await dawdle(inside.portOf('in'))
    const socket = await call(port)
    socket.end('served')
    expect(await textOf(socket)).toBe('served')
  })

  it('of handshakes in all let the oldest make room, from whatever address', async () => {
    const { inside, port } = await startPair(stage, await backend(echo), { server: { limits: { handshakes: 3 } } })
    const dawdlers = [await call(inside.portOf('in'), '127.0.0.2'), await call(inside.portOf('in'), '127.0.0.3')]
    for (let i = 4; i < 10; i++) dawdlers.push(await call(inside.portOf('in'), `127.0.0.${i}`))
    await Promise.all(dawdlers.slice(0, 4).map(closed))
    const socket = await call(port)
    socket.end('served')
    expect(await textOf(socket)).toBe('served')
  })
})
