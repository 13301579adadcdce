// A proxy from its start to its end: reloads under load, draining, health.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, get, type ServerResponse } from 'node:http'
import { createServer as createNetServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type ProxyConfig, startProxy } from '../../../packages/sdk/src/tls/proxy/index.js'
import { connect } from '../../../packages/sdk/src/tls/raw/index.js'
import { host, listen, testProvider, textOf, trust } from '../support.js'
import {
  atEnd,
  backend,
  call,
  closed,
  echo,
  heardFrom,
  metric,
  portOf,
  setProxyStage,
  start,
  startPair,
  until
} from './stage.js'

const stage = setProxyStage()

function inside(to: number, more: object = {}): ProxyConfig {
  const route = { name: 'in', listen: `${host}:0`, to: `${host}:${to}`, provider: stage.provider }
  return { routes: [{ ...route, ...more }], drainMs: 200 }
}

async function word(port: number): Promise<string> {
  const socket = await connect({ host, port, policy: stage.policy, trust })
  const text = await textOf(socket)
  socket.destroy()
  return text
}

describe('a reload', () => {
  it('leads new connections elsewhere, and leaves old ones alone', async () => {
    const [one, two] = [await backend(echo), await backend((socket) => socket.end('two'))]
    const { proxy, portOf: at } = await start(inside(one))
    const port = at('in')
    const old = await connect({ host, port, policy: stage.policy, trust })
    await proxy.reload(inside(two))
    expect(at('in')).toBe(port)
    expect(await word(port)).toBe('two')
    old.end('still one')
    expect(await textOf(old)).toBe('still one')
    expect(metric(proxy.metrics(), 'tresor_proxy_reloads_total{outcome="done"}')).toBe(1)
    expect(metric(proxy.metrics(), 'tresor_proxy_connections_total{route="in"}')).toBe(2)
  })

  it('loses no connection while many come', async () => {
    const words = ['one', 'two']
    const [one, two] = await Promise.all(words.map((text) => backend((socket) => socket.end(text))))
    const { proxy, portOf: at } = await start(inside(one ?? 0))
    const port = at('in')
    const heard: string[] = []
    const callers = Array.from({ length: 4 }, async () => {
      for (let i = 0; i < 10; i++) heard.push(await word(port))
    })
    for (const target of [two, one, two, one, two]) {
      const before = heard.length
      await proxy.reload(inside(target ?? 0))
      await until(() => heard.length > before)
    }
    await Promise.all(callers)
    expect(heard).toHaveLength(40)
    expect(heard.filter((text) => !words.includes(text))).toEqual([])
  })

  it('takes policies: who was let in before is refused now', async () => {
    const { port, outside, inside: server } = await startPair(stage, await backend(echo))
    const socket = await call(port)
    socket.write('x')
    await once(socket, 'data')
    const connectTo = `${host}:${server.portOf('in')}`
    const route = { name: 'out', listen: `${host}:0`, connect: connectTo, policy: stage.otherPolicy, trust } as const
    await outside.proxy.reload({ routes: [route] })
    await closed(await call(port))
    expect(outside.events).toContainEqual(expect.objectContaining({ code: 'ERR_POLICY_MEASUREMENT' }))
    socket.end('y')
    expect(await heardFrom(socket)).toBe('y')
  })

  it('that is wrong changes nothing, and is counted', async () => {
    const { proxy, portOf: at } = await start(inside(await backend((socket) => socket.end('one'))))
    const taken = await listen(createNetServer().on('connection', (socket) => socket.destroy()))
    await expect(proxy.reload({ routes: [] })).rejects.toMatchObject({ code: 'ERR_USAGE_OPTION' })
    const both = [...inside(1).routes, { ...inside(1).routes[0], name: 'x', listen: `${host}:${taken}` }]
    await expect(proxy.reload({ routes: both } as ProxyConfig)).rejects.toMatchObject({ code: 'ERR_PROXY_LISTEN' })
    expect(await word(at('in'))).toBe('one')
    expect(metric(proxy.metrics(), 'tresor_proxy_reloads_total{outcome="failed"}')).toBe(2)
  })

  it('opens and closes listeners as routes come and go', async () => {
    const port = await backend((socket) => socket.end('x'))
    const { proxy, events, portOf: at } = await start(inside(port))
    const [first] = inside(port).routes
    const second = { ...inside(port).routes[0], name: 'second' }
    await proxy.reload({ routes: [first, second] } as ProxyConfig)
    expect(await word(at('second'))).toBe('x')
    const gone = at('in')
    await proxy.reload({ routes: [second] } as ProxyConfig)
    expect(events).toContainEqual({ kind: 'removed', route: 'in' })
    await expect(word(gone)).rejects.toMatchObject({ code: 'ERR_TLS_CONNECT' })
    expect(await word(at('second'))).toBe('x')
  })

  it('makes HTTP connections that are kept come anew', async () => {
    const servers = ['one', 'two'].map((text) => createServer((_, response) => response.end(text)))
    const [one, two] = await Promise.all(servers.map(listen))
    for (const server of servers) atEnd(() => server.close())
    const { port, inside: server } = await startPair(stage, one ?? 0, {
      server: { mode: 'http' },
      client: { mode: 'http' }
    })
    const read = async (): Promise<string> => textOf((await once(get({ host, port, agent: false }), 'response'))[0])
    expect(await read()).toBe('one')
    await server.proxy.reload(inside(two ?? 0, { mode: 'http' }))
    expect(await read()).toBe('two')
  })
})

describe('the end', () => {
  it('comes when the last connection has gone, and lets it finish', async () => {
    const { proxy, events, portOf: at } = await start({ ...inside(await backend(echo)), drainMs: 20_000 })
    const socket = await connect({ host, port: at('in'), policy: stage.policy, trust })
    const ended = proxy.close()
    await expect(connect({ host, port: at('in'), policy: stage.policy, trust })).rejects.toMatchObject({
      code: 'ERR_TLS_CONNECT'
    })
    socket.end('last words')
    expect(await textOf(socket)).toBe('last words')
    await ended
    expect(events.slice(-2)).toMatchObject([{ kind: 'ended' }, { kind: 'closed', cut: 0 }])
  })

  it('comes after the deadline for those who stay', async () => {
    const { proxy, events, portOf: at } = await start({ ...inside(await backend(echo)), drainMs: 30 })
    const socket = await connect({ host, port: at('in'), policy: stage.policy, trust })
    socket.on('error', () => undefined)
    await proxy.close()
    await closed(socket)
    expect(events).toContainEqual({ kind: 'draining', open: 1, deadlineMs: 30 })
    expect(events.at(-1)).toEqual({ kind: 'closed', cut: 1 })
  })

  it('comes at once when it is asked for twice', async () => {
    const { proxy, events, portOf: at } = await start({ ...inside(await backend(echo)), drainMs: 3_600_000 })
    const socket = await connect({ host, port: at('in'), policy: stage.policy, trust })
    socket.on('error', () => undefined)
    await Promise.all([proxy.close(), proxy.close()])
    expect(events.at(-1)).toEqual({ kind: 'closed', cut: 1 })
  })

  it('leaves nothing open, and no way back', async () => {
    const { proxy } = await start({ ...inside(await backend(echo)), metrics: { listen: `${host}:0` } })
    const metricsPort = portOf(proxy.metricsAddress)
    await proxy.close()
    await expect(once(get({ host, port: metricsPort }), 'response')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await expect(proxy.reload(inside(1))).rejects.toMatchObject({ code: 'ERR_TLS_UNAVAILABLE' })
  })

  it('ends kept HTTP connections at once, and lets requests finish', async () => {
    const waiting: ServerResponse[] = []
    const server = createServer((request, response) => {
      if (request.url === '/fast') response.end('fast')
      else waiting.push(response)
      if (request.url === '/begun') response.write('begun')
    })
    atEnd(() => server.close())
    const { port, inside: proxied } = await startPair(stage, await listen(server), {
      server: { mode: 'http' },
      client: { mode: 'http' }
    })
    const read = async (path: string): Promise<string> =>
      textOf((await once(get({ host, port, path, agent: false }), 'response'))[0])
    expect(await read('/fast')).toBe('fast')
    const answers = [read('/slow'), read('/begun')]
    await until(() => waiting.length === 2)
    const ended = proxied.proxy.close()
    for (const response of waiting) response.end(' and done')
    expect(await Promise.all(answers)).toEqual([' and done', 'begun and done'])
    await ended
    expect(proxied.events.at(-1)).toEqual({ kind: 'closed', cut: 0 })
  })
})

describe('health and metrics', () => {
  const ask = async (address: string | undefined, path: string, method = 'GET') => {
    const [response] = await once(get({ host, port: portOf(address), path, method, agent: false }), 'response')
    return { status: response.statusCode, type: response.headers['content-type'], text: await textOf(response) }
  }

  it('are told on a listener of their own', async () => {
    const { proxy } = await start({ ...inside(await backend(echo)), metrics: { listen: `${host}:0` } })
    const { metricsAddress } = proxy
    expect(await ask(metricsAddress, '/metrics')).toEqual({
      status: 200,
      type: 'text/plain; version=0.0.4; charset=utf-8',
      text: proxy.metrics()
    })
    expect(await ask(metricsAddress, '/healthz')).toMatchObject({ status: 200 })
    expect(await ask(metricsAddress, '/other')).toMatchObject({ status: 404 })
    expect(await ask(metricsAddress, '/metrics', 'DELETE')).toMatchObject({ status: 405 })
  })

  it('say that a proxy is ready until it is told to end', async () => {
    const { proxy, portOf: at } = await start({
      ...inside(await backend(echo)),
      metrics: { listen: `${host}:0` },
      drainMs: 20_000
    })
    const address = proxy.metricsAddress
    const socket = await connect({ host, port: at('in'), policy: stage.policy, trust })
    expect(await ask(address, '/readyz')).toMatchObject({ status: 200 })
    const ended = proxy.close()
    expect(await ask(address, '/readyz')).toMatchObject({ status: 503, text: 'draining\n' })
    expect(await ask(address, '/healthz')).toMatchObject({ status: 200 })
    socket.destroy()
    await ended
  })

  it('are lines that Prometheus reads, whatever the names of routes', async () => {
    const { proxy } = await start(inside(1, { name: 'a:b/[c] @d' }))
    const lines = proxy.metrics().trimEnd().split('\n')
    const form =
      /^(?:# (?:HELP|TYPE) tresor_proxy_\w+ .+|tresor_proxy_\w+(?:\{\w+="[^"\n]*"(?:,\w+="[^"\n]*")*\})? [\d.e+-]+)$/
    expect(lines.filter((line) => !form.test(line))).toEqual([])
    expect(lines).toContain('tresor_proxy_connections_open{route="a:b/[c] @d"} 0')
  })

  it('count quotes, and those that the device did not give', async () => {
    const failing = { ...testProvider(), collect: () => Promise.reject(new Error('no device')) }
    const { proxy, events, portOf: at } = await start(inside(await backend(echo), { provider: failing }))
    await expect(word(at('in'))).rejects.toMatchObject({ code: 'ERR_TLS_UNAVAILABLE' })
    expect(metric(proxy.metrics(), 'tresor_proxy_quote_failures_total')).toBe(1)
    expect(events).toContainEqual(expect.objectContaining({ kind: 'refused', code: 'ERR_DEVICE_REFUSED' }))
  })
})

describe('a start', () => {
  it('fails where another listens, and says so', async () => {
    const taken = await listen(createNetServer())
    await expect(startProxy(inside(1, { listen: `${host}:${taken}` }))).rejects.toMatchObject({
      code: 'ERR_PROXY_LISTEN',
      details: { actual: 'EADDRINUSE' }
    })
  })

  it('takes the place of a Unix socket that a killed process has left, and of no other', async () => {
    const path = join(tmpdir(), `tresor-proxy-left-${process.pid}.sock`)
    const code = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
    await once(spawn(process.execPath, ['-e', code]), 'exit')
    expect(existsSync(path)).toBe(true)
    const route = { listen: `unix:${path}`, connect: 'enclave.example:443', policy: stage.policy, trust } as const
    const { proxy } = await start({ routes: [route] })
    await expect(startProxy({ routes: [route] })).rejects.toMatchObject({ code: 'ERR_PROXY_LISTEN' })
    await proxy.close()
    writeFileSync(path, 'a file')
    atEnd(() => rmSync(path))
    await expect(startProxy({ routes: [route] })).rejects.toMatchObject({ code: 'ERR_PROXY_LISTEN' })
    expect(existsSync(path)).toBe(true)
  })

  it('opens nothing when one of several listeners cannot be opened', async () => {
    const [taken, free] = [await listen(createNetServer()), await backend(() => undefined)]
    const probe = createNetServer()
    const port = await listen(probe)
    await new Promise((resolve) => probe.close(resolve))
    const routes = [port, taken].map((one) => ({ ...inside(free).routes[0], name: `${one}`, listen: `${host}:${one}` }))
    await expect(startProxy({ routes } as ProxyConfig)).rejects.toMatchObject({ code: 'ERR_PROXY_LISTEN' })
    await expect(once(get({ host, port }), 'response')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})
