// Proxies, backends and clients of the tests, which all end with the test.
import { once } from 'node:events'
import { createServer, connect as netConnect, type Server, type Socket } from 'node:net'
import { afterEach, beforeAll } from 'vitest'
import type { EvidenceProvider } from '../../../packages/sdk/src/attest/index.js'
import {
  type AttestedProxy,
  type ClientRouteConfig,
  type ProxyConfig,
  type ProxyEvent,
  type ServerRouteConfig,
  startProxy
} from '../../../packages/sdk/src/tls/proxy/index.js'
import type { Policy } from '../../../packages/sdk/src/verify/index.js'
import { counted, host, listen, policyOf, testProvider, trust } from '../support.js'

export interface ProxyStage {
  readonly provider: EvidenceProvider & { quotes: number }
  readonly policy: Policy
  /** Of another image: it refuses `provider`. */
  readonly otherPolicy: Policy
}

const endings: (() => unknown)[] = []

export function atEnd(end: () => unknown): void {
  endings.push(end)
}

/** For the top of a test file. */
export function setProxyStage(): ProxyStage {
  const provider = counted(testProvider())
  const stage: { -readonly [K in keyof ProxyStage]?: ProxyStage[K] } = { provider }
  beforeAll(async () => {
    stage.policy = await policyOf(provider)
    stage.otherPolicy = await policyOf(testProvider({ measurement: new Uint8Array(48).fill(7) }))
  })
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end()
  })
  return stage as ProxyStage // whole when tests run
}

export interface Started {
  readonly proxy: AttestedProxy
  readonly events: ProxyEvent[]
  portOf(route: string): number
}

/** Ends, and cuts what is open, with the test. */
export async function start(config: ProxyConfig): Promise<Started> {
  const events: ProxyEvent[] = []
  const proxy = await startProxy(config, { onEvent: (event) => events.push(event) })
  atEnd(() => Promise.all([proxy.close(), proxy.close()]))
  return { proxy, events, portOf: (route) => portOf(proxy.addresses.get(route)) }
}

export function portOf(address: string | undefined): number {
  return Number(/:(\d+)$/.exec(address ?? '')?.[1])
}

/** A way through both directions: a program, the client's proxy, the server's proxy, a backend. */
export async function startPair(
  stage: ProxyStage,
  backend: number | string,
  {
    server = {},
    client = {}
  }: { readonly server?: Partial<ServerRouteConfig>; readonly client?: Partial<ClientRouteConfig> } = {}
): Promise<{ readonly inside: Started; readonly outside: Started; readonly port: number }> {
  const to = typeof backend === 'number' ? `${host}:${backend}` : backend
  const inside = await start({
    routes: [{ name: 'in', listen: `${host}:0`, to, provider: stage.provider, ...server }],
    drainMs: 1000
  })
  const outside = await start({
    routes: [
      {
        name: 'out',
        listen: `${host}:0`,
        connect: `${host}:${inside.portOf('in')}`,
        policy: stage.policy,
        trust,
        ...client
      }
    ],
    drainMs: 1000
  })
  return { inside, outside, port: outside.portOf('out') }
}

/** A TCP server until the test ends. */
export async function backend(onConnection: (socket: Socket) => void): Promise<number> {
  const open = new Set<Socket>()
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => open.delete(socket))
    onConnection(socket)
  })
  atEnd(() => {
    server.close()
    for (const socket of open) socket.destroy()
  })
  return listen(server)
}

export function echo(socket: Socket): void {
  socket.pipe(socket)
}

export async function call(port: number, localAddress?: string): Promise<Socket> {
  const socket = netConnect({
    port,
    host,
    allowHalfOpen: true,
    ...(localAddress === undefined ? {} : { localAddress })
  })
  socket.on('error', () => undefined)
  atEnd(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

/** Everything until the peer's end; the way back stays open, as `for await` would not leave it. */
export function heardFrom(socket: Socket): Promise<string> {
  let text = ''
  socket.setEncoding('utf8').on('data', (data) => {
    text += data
  })
  return new Promise((resolve) => socket.once('end', () => resolve(text)))
}

/** The end of it, in peace or not. */
export async function closed(socket: Socket): Promise<void> {
  if (!socket.destroyed) await new Promise((resolve) => socket.resume().once('close', resolve))
}

export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** The value of one sample. */
export function metric(text: string, name: string): number | undefined {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `))
  return line === undefined ? undefined : Number(line.slice(name.length + 1))
}
