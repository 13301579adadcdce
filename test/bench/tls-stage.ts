// What the measurements of attested TLS share: a machine, servers and clients, attested and plain, in this process.
import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { createSecureContext, createServer as createTlsServer, type TLSSocket, connect as tlsConnect } from 'node:tls'
import type { EvidenceProvider } from '../../packages/sdk/src/attest/index.js'
import { fakeAmd } from '../../packages/sdk/src/testing/index.js'
import { createCredentials } from '../../packages/sdk/src/tls/certificate.js'
import { type AttestedClient, type ClientOptions, createClient } from '../../packages/sdk/src/tls/index.js'
import { createServer } from '../../packages/sdk/src/tls/raw/index.js'
import { authenticate, type Policy, policyFrom } from '../../packages/sdk/src/verify/index.js'

export const host = '127.0.0.1'

export interface Machine {
  readonly provider: EvidenceProvider
  readonly demands: Pick<ClientOptions, 'policy' | 'unsafeExtraRoots' | 'trust'>
}

/** An SNP machine of a fake vendor, whose device is as fast as one signature. */
export async function createMachine(): Promise<Machine> {
  const amd = await fakeAmd({ guest: { product: 'Genoa' }, now: new Date() })
  const unsafeExtraRoots = [amd.root]
  const policy: Policy = policyFrom(await authenticate(amd.evidence(new Uint8Array(64)), { unsafeExtraRoots }))
  const provider: EvidenceProvider = {
    kind: 'snp',
    name: 'bench',
    simulated: false,
    collect: async ({ reportData }) => amd.evidence(reportData)
  }
  return { provider, demands: { policy, unsafeExtraRoots, trust: 'evidence-only' } }
}

/** A certificate as a server would have, on P-256. */
export const credentials = createCredentials(new Date())

/** The process ends with its measurements, not with its servers. */
export async function listen(server: Server): Promise<number> {
  server.listen(0, host)
  await once(server, 'listening')
  server.unref()
  return (server.address() as AddressInfo).port // a server on TCP has such an address
}

/** A server that takes connections and ends them with the client. */
export async function startPlain(): Promise<number> {
  return listen(
    createTlsServer({ ...credentials, minVersion: 'TLSv1.3', ALPNProtocols: ['raw'], noDelay: true }, endWithPeer)
  )
}

export async function startAttested(provider: EvidenceProvider): Promise<number> {
  return listen(createServer({ ...credentials, attestation: { provider } }, endWithPeer))
}

export function attestedClient(
  { demands }: Pick<Machine, 'demands'>,
  tier: 'perConnection' | 'boundKey'
): AttestedClient {
  return createClient({ ...demands, tiers: [tier] })
}

/** As the attested client connects, less the attestation: one context for all, no delay, any certificate. */
export async function connectPlain(port: number): Promise<TLSSocket> {
  const socket = tlsConnect({ host, port, secureContext, rejectUnauthorized: false, ALPNProtocols: ['raw'] })
  socket.setNoDelay(true)
  await once(socket, 'secureConnect')
  return socket
}

export async function hangUp(socket: TLSSocket): Promise<void> {
  const closed = once(socket, 'close')
  socket.end().resume()
  await closed
}

const secureContext = createSecureContext({ minVersion: 'TLSv1.3', ca: [] })

function endWithPeer(socket: TLSSocket): void {
  socket.on('error', () => undefined)
  socket.on('end', () => socket.end())
  socket.resume()
}
