import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { EvidenceProvider } from '../../packages/sdk/src/attest/index.js'
import { type AttestedHttp2Server, connect, createSecureServer } from '../../packages/sdk/src/tls/http2/index.js'
import { listen, policyOf, testProvider, textOf, trust } from './support.js'

let provider: EvidenceProvider
let server: AttestedHttp2Server
let port: number

beforeAll(async () => {
  provider = testProvider()
  server = createSecureServer({ attestation: { provider, maxConnectionAgeMs: 150 } }, (_, res) => {
    setTimeout(() => res.end('finished'), 300)
  })
  port = await listen(server)
})
afterAll(() => server.close())

test('a session of HTTP/2 that has grown old finishes its streams and goes away', async () => {
  const session = await connect({ host: '127.0.0.1', port, policy: await policyOf(provider), trust })
  const closed = once(session, 'close')
  expect(await textOf(session.request({ ':path': '/' }))).toBe('finished')
  await closed
  expect(session.destroyed).toBe(true)
})
