// The real client of PostgreSQL, the program psql and the real server, none of which know of attested TLS, with a proxy on either side.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Client, Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missingParts, skipNote } from '../../support/system-parts.js'
import { type Running, startPostgres } from '../adapters/behind.js'
import { host } from '../support.js'
import { atEnd, setProxyStage, startPair } from './stage.js'

const missing = missingParts(['postgres'])

describe.skipIf(missing !== undefined)(`PostgreSQL behind two proxies${skipNote(missing)}`, () => {
  const stage = setProxyStage()
  const login = { user: 'shop', database: 'postgres', host } as const
  let postgres: Running

  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres.stop())

  it('answers a client that has not changed, with a megabyte in both directions', async () => {
    const { port } = await startPair(stage, `unix:${postgres.path}`)
    const client = new Client({ ...login, port })
    await client.connect()
    atEnd(() => client.end())
    const megabyte = Buffer.alloc(1 << 20, 7)
    const { rows } = await client.query('select $1::bytea as echo', [megabyte])
    expect(megabyte.equals(rows[0].echo)).toBe(true)
  })

  it('serves a pool, and reports its own errors as ever', async () => {
    const { port, inside } = await startPair(stage, `unix:${postgres.path}`)
    const pool = new Pool({ ...login, port, max: 4 })
    atEnd(() => pool.end())
    const sums = await Promise.all(Array.from({ length: 40 }, (_, i) => pool.query('select $1::int as i', [i])))
    expect(sums.map(({ rows }) => rows[0].i)).toEqual(Array.from({ length: 40 }, (_, i) => i))
    await expect(pool.query('select nothing')).rejects.toMatchObject({ code: '42703' })
    expect(inside.events.filter(({ kind }) => kind === 'opened')).toHaveLength(4)
  })

  it('answers psql', async () => {
    const { port } = await startPair(stage, `unix:${postgres.path}`)
    const args = ['-h', host, '-p', String(port), '-U', 'shop', '-d', 'postgres', '-Atc', 'select 6 * 7']
    const { stdout } = await promisify(execFile)('psql', args)
    expect(stdout).toBe('42\n')
  })

  it('is out of reach for a client whose policy wants another image', async () => {
    const { port } = await startPair(stage, `unix:${postgres.path}`, { client: { policy: stage.otherPolicy } })
    await expect(new Client({ ...login, port }).connect()).rejects.toThrow(/ECONNRESET|terminated/)
  })
})
