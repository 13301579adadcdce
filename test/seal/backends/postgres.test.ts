// The backend in PostgreSQL, on a real server.
import { randomUUID } from 'node:crypto'
import { dirname } from 'node:path'
import { Pool, type PoolClient } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { postgres } from '../../../packages/sdk/src/seal/index.js'
import { codeOfAsync } from '../../support/coded.js'
import { missingParts, skipNote } from '../../support/system-parts.js'
import { type Running, startPostgres } from '../../tls/adapters/behind.js'
import { type BackendPlace, describeBackend } from './contract.js'

const missing = missingParts(['postgres'])
let server: Running
const pools: Pool[] = []

beforeAll(async () => {
  if (missing === undefined) server = await startPostgres()
})
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.end()))
  await server?.stop()
})

function createPool(): Pool {
  const pool = new Pool({ host: dirname(server.path), user: 'shop', database: 'postgres', max: 4 })
  pool.on('error', () => undefined)
  pools.push(pool)
  return pool
}

async function postgresPlace(): Promise<BackendPlace> {
  const store = randomUUID()
  const pool = createPool()
  return { open: () => postgres(pool, { store }), remove: async () => undefined }
}

describeBackend(`PostgreSQL${skipNote(missing)}`, postgresPlace, missing !== undefined)

describe.skipIf(missing !== undefined)(`PostgreSQL as a backend${skipNote(missing)}`, () => {
  it('makes its tables once, however many begin at the same moment', async () => {
    const pool = createPool()
    await pool.query('drop table if exists tresor_store, tresor_blob, tresor_keyring')
    const backends = Array.from({ length: 8 }, () => postgres(createPool(), { store: randomUUID() }))
    expect(await Promise.all(backends.map((backend) => backend.isOccupied()))).toEqual(Array(8).fill(false))
  })

  it('lets one of many that write a root at the same time win', async () => {
    const store = randomUUID()
    const backends = Array.from({ length: 8 }, () => postgres(createPool(), { store }))
    const { version } = await postgres(createPool(), { store }).readRoots()
    const record = new Uint8Array(100).fill(1)
    const codes = await Promise.all(backends.map((backend) => codeOrDone(() => backend.swapRoot(0, record, version))))
    expect(codes.sort()).toEqual([...Array(7).fill('ERR_SEALED_CONFLICT'), 'done'])
  })

  it('keeps stores of other names apart', async () => {
    const pool = createPool()
    const [one, two] = [postgres(pool, { store: randomUUID() }), postgres(pool, { store: randomUUID() })]
    await one.writeKeyring('ring', new Uint8Array(3))
    expect(await two.isOccupied()).toBe(false)
    expect(await two.readKeyring('ring')).toBeUndefined()
  })

  it('gives the lock back when the session of its holder is killed, and tells the holder', async () => {
    const store = randomUUID()
    const backend = postgres(createPool(), { store })
    const lease = await backend.lock()
    const other = createPool()
    await other.query(`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted`)
    expect(await codeOfAsync(() => lease.assertHeld())).toBe('ERR_STORE_LOCKED')
    const next = await postgres(other, { store }).lock()
    await next.assertHeld()
    await next.release()
    await lease.release()
  })

  it('writes to disk although the role does not wait for it by default', async () => {
    const pool = createPool()
    const seen: string[] = []
    const watched = {
      query: pool.query.bind(pool),
      connect: async () => {
        const client = await pool.connect()
        await client.query('set synchronous_commit = off')
        return watch(client, seen)
      }
    }
    await postgres(watched, { store: randomUUID() }).writeKeyring('ring', new Uint8Array(3))
    expect(seen).toEqual(['on'])
  })

  it('says that the database is away', async () => {
    const pool = new Pool({ host: '/nowhere', user: 'shop' })
    expect(await codeOfAsync(() => postgres(pool).readRoots())).toBe('ERR_STORE_BACKEND')
    await pool.end()
  })
})

describe('options of the backend in PostgreSQL', () => {
  const pool = {
    query: async () => ({ rows: [], rowCount: 0 }),
    connect: async () => Promise.reject(new Error('away'))
  }

  it.each([
    ['a pool that is none', () => postgres({} as never)],
    ['another name', () => postgres(pool, { store: 'A/B' })],
    ['an option that it does not know', () => postgres(pool, { table: 'x' } as never)]
  ])('refuses %s', (_, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_USAGE_OPTION' }))
  })
})

/** Looks at the setting just before each commit. */
function watch(client: PoolClient, seen: string[]): PoolClient {
  const query = client.query.bind(client) as (text: string, values?: unknown[]) => Promise<{ rows: never[] }> // one of its many forms
  Object.assign(client, {
    query: async (text: string, values?: unknown[]) => {
      if (text === 'commit')
        seen.push(...(await query('show synchronous_commit')).rows.map((row) => Object.values(row)[0] as string)) // text, says PostgreSQL
      return query(text, values)
    }
  })
  return client
}

async function codeOrDone(work: () => Promise<unknown>): Promise<string> {
  return work().then(
    () => 'done',
    (error: { readonly code: string }) => error.code
  )
}
