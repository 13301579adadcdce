// Servers and impostors for whatever protocol a client brings along.
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls'
import { holdConnections } from '../../../packages/sdk/src/tls/hold.js'
import { expectServer, type ServerAttestation } from '../../../packages/sdk/src/tls/options.js'
import { serverTlsOptions } from '../../../packages/sdk/src/tls/server-options.js'
import type { ByHand } from '../support.js'
import { connectByHand } from '../support.js'
import { keep, listenTo, readEvidence, readHello, stolen, type Victim } from './stage.js'

export const attestedAlpns: string[] = ['tresor1+h2', 'tresor1+http/1.1', 'tresor1+raw']
export const plainAlpns: string[] = ['h2', 'http/1.1', 'raw']

/** A genuine server of all protocols. It keeps what the application of its client says. */
export async function startAttested(attestation: ServerAttestation): Promise<Victim & { readonly heard: Buffer[] }> {
  const settings = expectServer(attestation)
  const options = serverTlsOptions({ ...stolen } as TlsOptions, settings, ['h2', 'http/1.1', 'raw'])
  const released: TLSSocket[] = []
  const refusals: unknown[] = []
  const heard: Buffer[] = []
  const server = createTlsServer(options, (socket) => {
    released.push(socket)
    keep(socket).on('data', (data: Buffer) => heard.push(data))
  })
  holdConnections(server, settings, options)
  server.on('attestationError', (error) => refusals.push(error))
  return { port: await listenTo(server), released, refusals, heard }
}

/** A server of ordinary TLS that keeps all it hears. */
export async function startPlain(options: TlsOptions): Promise<{ readonly port: number; readonly heard: Buffer[] }> {
  const heard: Buffer[] = []
  const server = createTlsServer({ ...stolen, ...options }, (socket) => {
    keep(socket).on('data', (data: Buffer) => heard.push(data))
  })
  return { port: await listenTo(server), heard }
}

/** Hands hello on to a genuine server under the same protocol, and its evidence back. */
export async function relay(peer: ByHand, victimPort: number): Promise<void> {
  const inside = await connectByHand(victimPort, String(peer.socket.alpnProtocol))
  keep(inside.socket)
  await inside.send(await readHello(peer))
  await peer.send(await readEvidence(inside))
}

/** The end of a connection, whoever ends it, and however. */
export async function ended(socket: TLSSocket): Promise<void> {
  if (!socket.closed) await new Promise((resolve) => socket.resume().once('close', resolve))
}
