import type { IncomingMessage } from 'node:http'
import { type RequestOptions, request } from 'node:https'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { EvidenceProvider } from '../../packages/sdk/src/attest/index.js'
import { type AttestedAgent, attestedAgent } from '../../packages/sdk/src/tls/agent/index.js'
import { type AttestedHttpsServer, createServer } from '../../packages/sdk/src/tls/https/index.js'
import { tlsVerdict } from '../../packages/sdk/src/tls/index.js'
import type { Policy } from '../../packages/sdk/src/verify/index.js'
import { listen, policyOf, testProvider } from './support.js'

const trust = 'evidence-only'

let provider: EvidenceProvider
let policy: Policy
let server: AttestedHttpsServer | undefined
let agent: AttestedAgent | undefined

beforeAll(async () => {
  provider = testProvider()
  policy = await policyOf(provider)
})
afterEach(() => {
  agent?.destroy()
  server?.close()
  server?.closeAllConnections()
})

describe('an attested https server', () => {
  test('answers an agent that accepts it, several times on one connection', async () => {
    let connections = 0
    server = createServer({ attestation: { provider } }, (req, res) => res.end(`hello ${req.url}`))
    server.on('secureConnection', () => connections++)
    const port = await listen(server)
    agent = attestedAgent({ policy, trust })
    expect(await get({ agent, port, path: '/a' })).toBe('hello /a')
    expect(await get({ agent, port, path: '/b' })).toBe('hello /b')
    expect(connections).toBe(1)
  })

  test('knows its client where clients must prove themselves', async () => {
    server = createServer({ attestation: { provider, clients: policy } }, (req, res) =>
      res.end(JSON.stringify([req.attestation?.kind, req.attestation?.tier, tlsVerdict(req.socket)?.tier]))
    )
    const port = await listen(server)
    agent = attestedAgent({ policy, trust, provider })
    expect(JSON.parse(await get({ agent, port }))).toEqual(['snp', 'perConnection', 'perConnection'])
  })
})

async function get(options: RequestOptions): Promise<string> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ host: '127.0.0.1', ...options })
      .on('response', resolve)
      .on('error', reject)
      .end()
  })
  let text = ''
  response.setEncoding('utf8')
  for await (const chunk of response) text += chunk
  return text
}
