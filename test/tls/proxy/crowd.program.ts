// One of the processes of test/long/proxy-connections.test.ts: a backend that echoes, or a proxy of either direction. Tells the port
// that it listens on, and what it holds whenever it is asked. Arguments: role; for a proxy, where it leads to; for a client, its policy.
import { readdirSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type ProxyConfig, startProxy } from '../../../packages/sdk/src/tls/proxy/index.js'
import { parsePolicy } from '../../../packages/sdk/src/verify/index.js'
import { host, testProvider } from '../support.js'

/** What a process holds. */
export interface Holding {
  readonly descriptors: number
  readonly residentBytes: number
  readonly heapBytes: number
  /** The text of a proxy's metrics. */
  readonly metrics: string
}

const [role = '', target = '', policy = ''] = process.argv.slice(2)
const limits = { connections: 20_000, handshakes: 500, handshakesPerAddress: 20_000 }
const timeouts = { handshakeMs: 120_000, connectMs: 60_000 }
const common = { name: role, listen: `${host}:0`, limits, timeouts }

let metrics = (): string => ''
if (role === 'backend') startBackend()
else await startOne(role === 'inside' ? inside() : outside())

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void // that is what the flag has exposed
process.on('message', () => {
  for (let i = 0; i < 3; i++) collectGarbage()
  const { rss, heapUsed, external } = process.memoryUsage()
  const descriptors = readdirSync('/proc/self/fd').length
  process.send?.({ descriptors, residentBytes: rss, heapBytes: heapUsed + external, metrics: metrics() })
})

function startBackend(): void {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.on('error', () => undefined)
    socket.pipe(socket)
  })
  server.listen({ port: 0, host, backlog: 4096 }, () => process.send?.((server.address() as AddressInfo).port)) // of TCP
}

async function startOne(config: ProxyConfig): Promise<void> {
  const proxy = await startProxy(config)
  metrics = () => proxy.metrics()
  process.send?.(Number(proxy.addresses.get(role)?.split(':').at(-1)))
}

function inside(): ProxyConfig {
  return { routes: [{ ...common, to: target, provider: testProvider() }] }
}

function outside(): ProxyConfig {
  return { routes: [{ ...common, connect: target, policy: parsePolicy(policy), trust: 'evidence-only' }] }
}
