// Servers, clients and evidence for the tests of attested TLS.
import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { type EvidenceProvider, type SimulatorOptions, simulator } from '../../packages/sdk/src/attest/index.js'
import { authenticate, type Policy, policyFrom } from '../../packages/sdk/src/verify/index.js'

const directory = join(tmpdir(), `tresor-test-simulator-${userInfo().uid}`)

/** A simulated machine whose keys were made once: RSA keys take seconds. */
export function testProvider(options: Omit<SimulatorOptions, 'directory'> = {}): EvidenceProvider {
  return simulator({ directory, ...options })
}

/** Accepts exactly what `provider` is. */
export async function policyOf(provider: EvidenceProvider): Promise<Policy> {
  const evidence = await provider.collect({ reportData: new Uint8Array(64) })
  return policyFrom(await authenticate(evidence, { allowSimulator: true }))
}

/** Starts to listen on a free port of this machine. */
export async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port // a server on TCP has such an address
}
