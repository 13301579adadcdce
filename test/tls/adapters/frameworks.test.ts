// Frameworks and clients that need no adapter: they take a server, or an agent, of node:https.
import { once } from 'node:events'
import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
import axios from 'axios'
import express from 'express'
import fastify from 'fastify'
import { describe, expect, test } from 'vitest'
import { type AttestedAgent, attestedAgent } from '../../../packages/sdk/src/tls/agent/index.js'
import {
  type AttestedHttpsServer,
  type AttestedRequest,
  createServer
} from '../../../packages/sdk/src/tls/https/index.js'
import { tlsVerdict } from '../../../packages/sdk/src/tls/index.js'
import { host, textOf, trust } from '../support.js'
import { atEnd, megabyte, serve, setStage } from './stage.js'

const stage = setStage()

function agentFor(policy = stage.policy): AttestedAgent {
  const agent = attestedAgent({ policy, trust, provider: stage.provider })
  atEnd(() => agent.destroy())
  return agent
}

function mutual(handler: Parameters<typeof createServer>[1]): AttestedHttpsServer {
  return createServer({ attestation: { provider: stage.provider, clients: stage.policy } }, handler)
}

async function get(port: number, path: string, agent: AttestedAgent): Promise<string> {
  const [response] = await once(request({ host, port, path, agent }).end(), 'response')
  return textOf(response)
}

describe('express', () => {
  test('shows its handlers the verdict, and no header can speak for it', async () => {
    const app = express()
    app.get('/who', (req, res) => {
      const { attestation } = req as unknown as AttestedRequest // express gives requests another prototype, and leaves their own alone
      res.json({ kind: attestation?.kind, same: attestation === tlsVerdict(req.socket) })
    })
    app.get('/headers', (req, res) => void res.json(Object.keys(req.headers)))
    const port = await serve(mutual(app as never)) // typed for requests of node:http
    const agent = agentFor()
    expect(JSON.parse(await get(port, '/who', agent))).toEqual({ kind: 'snp', same: true })
    expect(JSON.parse(await get(port, '/headers', agent))).toEqual(['host', 'connection'])
  })
})

describe('fastify', () => {
  test('shows its handlers the verdict on the raw request', async () => {
    let server: AttestedHttpsServer | undefined
    const app = fastify({
      serverFactory: (handler) => {
        server = mutual((req, res) => handler(req, res))
        return server as never // a server of node:https
      }
    })
    app.get('/who', async ({ raw }) => ({ kind: (raw as AttestedRequest).attestation?.kind }))
    app.post('/echo', async ({ body }) => body)
    app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: 2 << 20 }, async (_: unknown, body: Buffer) => body)
    await app.listen({ host, port: 0 })
    atEnd(() => app.close())
    const { port } = app.server.address() as AddressInfo
    const agent = agentFor()
    expect(JSON.parse(await get(port, '/who', agent))).toEqual({ kind: 'snp' })
    const { data } = await axios.post(`https://${host}:${port}/echo`, megabyte, {
      httpsAgent: agent,
      headers: { 'content-type': 'application/octet-stream' },
      responseType: 'arraybuffer'
    })
    expect(Buffer.from(data).equals(megabyte)).toBe(true)
    agent.destroy()
    await app.close()
    expect(server?.listening).toBe(false)
  })
})

describe('axios', () => {
  test('talks to accepted servers only, through an attested agent', async () => {
    const port = await serve(mutual((req, res) => void res.end(req.attestation?.kind ?? 'nobody')))
    const url = `https://${host}:${port}/`
    const { data, request: sent } = await axios.get(url, { httpsAgent: agentFor() })
    expect(data).toBe('snp')
    expect(tlsVerdict(sent.socket)).toMatchObject({ kind: 'snp' })
    const refused = axios.get(url, { httpsAgent: agentFor(stage.otherPolicy) })
    await expect(refused).rejects.toMatchObject({ code: 'ERR_POLICY_MEASUREMENT' })
  })
})
