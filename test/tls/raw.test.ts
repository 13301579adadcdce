import type { TLSSocket } from 'node:tls'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { EvidenceProvider } from '../../packages/sdk/src/attest/index.js'
import { tlsVerdict } from '../../packages/sdk/src/tls/index.js'
import { type AttestedServer, connect, createServer } from '../../packages/sdk/src/tls/raw/index.js'
import type { Policy } from '../../packages/sdk/src/verify/index.js'
import { listen, policyOf, testProvider } from './support.js'

const host = '127.0.0.1'
const trust = 'evidence-only'

let provider: EvidenceProvider
let policy: Policy
let server: AttestedServer | undefined

beforeAll(async () => {
  provider = testProvider()
  policy = await policyOf(provider)
})
afterEach(() => server?.close())

describe('a raw connection', () => {
  test('carries bytes both ways once the server was accepted', async () => {
    server = createServer({ attestation: { provider } }, (socket) => socket.pipe(socket))
    const port = await listen(server)
    const socket = await connect({ host, port, policy, trust })
    expect(tlsVerdict(socket)).toMatchObject({
      kind: 'snp',
      tier: 'perConnection',
      binding: 'exporter',
      alpn: 'tresor1+raw'
    })
    socket.end('hello')
    expect(await textOf(socket)).toBe('hello')
  })
})

async function textOf(socket: TLSSocket): Promise<string> {
  let text = ''
  socket.setEncoding('utf8')
  for await (const chunk of socket) text += chunk
  return text
}
