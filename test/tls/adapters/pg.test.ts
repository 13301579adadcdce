import { Client, Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tlsVerdict } from '../../../packages/sdk/src/tls/index.js'
import { attestedConfig, attestedStream } from '../../../packages/sdk/src/tls/pg/index.js'
import { missingParts, skipNote } from '../../support/system-parts.js'
import { host, trust } from '../support.js'
import { type Running, serveBehind, startPostgres } from './behind.js'
import { atEnd, megabyte, serve, setStage } from './stage.js'

const missing = missingParts(['postgres'])
const note = skipNote(missing)

describe.skipIf(missing !== undefined)(`pg before a real PostgreSQL${note}`, () => {
  const stage = setStage()
  let postgres: Running

  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres.stop())

  async function start(clients = {}): Promise<{ readonly host: string; readonly port: number } & typeof login> {
    const server = serveBehind(postgres.path, { provider: stage.provider, ...clients })
    return { host, port: await serve(server), ...login }
  }

  async function open(client: Client): Promise<Client> {
    await client.connect()
    atEnd(() => client.end())
    return client
  }

  it('queries an accepted server, and the socket of the connection has the verdict', async () => {
    const stream = attestedStream({ policy: stage.policy, trust })
    const client = await open(new Client({ ...(await start()), stream, keepAlive: true }))
    const { rows } = await client.query('select $1::int + 1 as sum', [41])
    expect(rows).toEqual([{ sum: 42 }])
    expect(tlsVerdict(socketOf(client))).toMatchObject({ kind: 'snp', alpn: 'tresor1+raw' })
  })

  it('carries a megabyte both ways', async () => {
    const stream = attestedStream({ policy: stage.policy, trust })
    const client = await open(new Client({ ...(await start()), stream }))
    const { rows } = await client.query('select $1::bytea as echo', [megabyte])
    expect(megabyte.equals(rows[0].echo)).toBe(true)
  })

  it('fills a pool with attested connections, each of its own', async () => {
    const pool = new Pool({ ...(await start()), max: 4, stream: attestedStream({ policy: stage.policy, trust }) })
    atEnd(() => pool.end())
    const clients = await Promise.all(Array.from({ length: 4 }, () => pool.connect()))
    const verdicts = clients.map((client) => tlsVerdict(socketOf(client)))
    expect(new Set(verdicts).size).toBe(4)
    for (const client of clients) client.release()
    const sums = await Promise.all(Array.from({ length: 40 }, (_, i) => pool.query('select $1::int as i', [i])))
    expect(sums.map(({ rows }) => rows[0].i)).toEqual(Array.from({ length: 40 }, (_, i) => i))
    expect(pool.totalCount).toBe(4)
  })

  it('retires the connections of a pool when they grow old, and none that is young', async () => {
    const before = stage.provider.quotes
    const config = attestedConfig({ policy: stage.policy, trust, maxConnectionAgeMs: 150 })
    const pool = new Pool({ ...(await start()), max: 1, ...config })
    atEnd(() => pool.end())
    for (let i = 0; i < 3; i++) await pool.query('select 1')
    expect(stage.provider.quotes - before).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 200))
    await pool.query('select 1')
    expect(stage.provider.quotes - before).toBe(2)
    expect(pool.totalCount).toBe(1)
  })

  it('proves the client to a server that asks for it, and reports the refusal of one that cannot', async () => {
    const target = await start({ clients: stage.policy })
    const stream = attestedStream({ policy: stage.policy, trust, provider: stage.provider })
    expect((await (await open(new Client({ ...target, stream }))).query('select 1 as one')).rows).toEqual([{ one: 1 }])
    const unproven = new Client({ ...target, stream: attestedStream({ policy: stage.policy, trust }) })
    await expect(unproven.connect()).rejects.toMatchObject({ code: 'ERR_POLICY_UNATTESTED' })
  })

  it('says nothing to a server of another image', async () => {
    const stream = attestedStream({ policy: stage.otherPolicy, trust })
    const client = new Client({ ...(await start()), stream })
    await expect(client.connect()).rejects.toMatchObject({ code: 'ERR_POLICY_MEASUREMENT' })
  })

  it('fails the query of a pool with the reason', async () => {
    const pool = new Pool({ ...(await start()), stream: attestedStream({ policy: stage.otherPolicy, trust }) })
    atEnd(() => pool.end())
    await expect(pool.query('select 1')).rejects.toMatchObject({ code: 'ERR_POLICY_MEASUREMENT' })
  })

  it('reports the errors of PostgreSQL as ever, and goes on', async () => {
    const client = await open(
      new Client({ ...(await start()), stream: attestedStream({ policy: stage.policy, trust }) })
    )
    await expect(client.query('select nothing')).rejects.toMatchObject({ code: '42703' })
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })
})

const login = { user: 'shop', database: 'postgres' } as const

describe('the stream factory for pg', () => {
  const stage = setStage()

  it('gives up when pg does, before there is a connection', async () => {
    const silent = serveBehind('/nowhere', {
      provider: { ...stage.provider, collect: () => new Promise(() => undefined) }
    })
    const stream = attestedStream({ policy: stage.policy, trust })
    const client = new Client({ host, port: await serve(silent), ...login, stream, connectionTimeoutMillis: 100 })
    await expect(client.connect()).rejects.toThrow('timeout expired')
  })

  it('fails where nobody listens', async () => {
    const client = new Client({ host, port: 1, ...login, stream: attestedStream({ policy: stage.policy, trust }) })
    await expect(client.connect()).rejects.toMatchObject({ code: 'ERR_TLS_CONNECT' })
  })

  it('refuses the TLS of pg inside its own', () => {
    const stream = attestedStream({ policy: stage.policy, trust })
    const make = (): Client => new Client({ host, stream, ssl: true })
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_USAGE_OPTION' }))
  })

  it('refuses to be called by anything but pg', () => {
    const stream = attestedStream({ policy: stage.policy, trust })
    expect(() => stream()).toThrow(expect.objectContaining({ code: 'ERR_USAGE_OPTION' }))
  })

  it('refuses options that say too little', () => {
    const wrong = { policy: stage.policy } as Parameters<typeof attestedStream>[0]
    expect(() => attestedStream(wrong)).toThrow(expect.objectContaining({ code: 'ERR_USAGE_OPTION' }))
  })
})

/** Of pg, which has no public name for it. */
function socketOf(client: object): object {
  return (client as { readonly connection: { readonly stream: object } }).connection.stream
}
