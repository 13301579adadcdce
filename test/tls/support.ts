// Servers, clients and evidence for the tests of attested TLS.
import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { type TLSSocket, connect as tlsConnect } from 'node:tls'
import { type EvidenceProvider, type SimulatorOptions, simulator } from '../../packages/sdk/src/attest/index.js'
import { lengthPrefixed } from '../../packages/sdk/src/core/index.js'
import { FrameChannel } from '../../packages/sdk/src/tls/frames.js'
import { encodeFrame, type Hello, type Message, parseMessage } from '../../packages/sdk/src/tls/messages.js'
import { authenticate, type Policy, policyFrom } from '../../packages/sdk/src/verify/index.js'

export const host = '127.0.0.1'
export const trust = 'evidence-only'

const directory = join(tmpdir(), `tresor-test-simulator-${userInfo().uid}`)

/** A simulated machine whose keys were made once: RSA keys take seconds. */
export function testProvider(options: Omit<SimulatorOptions, 'directory'> = {}): EvidenceProvider {
  return simulator({ directory, ...options })
}

/** A provider that counts what is asked of it. */
export function counted(provider: EvidenceProvider): EvidenceProvider & { quotes: number } {
  const counting = {
    ...provider,
    quotes: 0,
    collect: (request: Parameters<EvidenceProvider['collect']>[0]) => {
      counting.quotes++
      return provider.collect(request)
    }
  }
  return counting
}

/** Accepts exactly what `provider` is. */
export async function policyOf(provider: EvidenceProvider): Promise<Policy> {
  const evidence = await provider.collect({ reportData: new Uint8Array(64) })
  return policyFrom(await authenticate(evidence, { allowSimulator: true }))
}

/** Starts to listen on a free port of this machine. */
export async function listen(server: Server): Promise<number> {
  server.listen(0, host)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port // a server on TCP has such an address
}

/** The error that `server` reports next. */
export async function refusal(server: Server): Promise<unknown> {
  const [error] = await once(server, 'attestationError')
  return error
}

/** Everything until the end. */
export async function textOf(stream: AsyncIterable<Buffer | string>): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += chunk
  return text
}

/** One end of the exchange, in the hands of a test. */
export class ByHand {
  readonly socket: TLSSocket
  readonly channel: FrameChannel

  constructor(socket: TLSSocket) {
    this.socket = socket
    this.channel = new FrameChannel(socket, 20_000)
  }

  async read(): Promise<Message> {
    return parseMessage(await this.channel.read(1 << 20))
  }

  /** A message, or the payload of a frame. */
  async send(message: Message | Uint8Array): Promise<void> {
    await this.channel.write(message instanceof Uint8Array ? lengthPrefixed(message) : encodeFrame(message))
  }
}

/** A client that speaks TLS by itself and leaves the exchange to the test. */
export async function connectByHand(port: number, alpn = 'tresor1+raw'): Promise<ByHand> {
  const socket = tlsConnect({ port, host, ALPNProtocols: [alpn], rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  return new ByHand(socket)
}

export const hello: Hello = {
  type: 'hello',
  nonce: new Uint8Array(32).fill(1),
  wants: ['perConnection'],
  known: [],
  offers: []
}
