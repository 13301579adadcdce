// Statements against the caller's pool: tables made on first use, writes durable whatever the server's default is.
import { failBackend } from '../failure.js'
import type { PgClient, PgPool, QueryResult } from './pool.js'
import { schema, storage } from './schema.js'

/** Any number that no other program uses: only one client at a time makes the tables. */
const schemaLock = 5_489_203_114

/** All methods throw UnavailableError ERR_STORE_BACKEND. */
export class Database {
  readonly #pool: PgPool
  readonly #name: string
  #ready: Promise<void> | undefined

  constructor(pool: PgPool, name: string) {
    this.#pool = pool
    this.#name = name
  }

  async read(doing: string, text: string, values: unknown[]): Promise<QueryResult['rows']> {
    return this.#attempt(doing, async () => (await this.#pool.query(text, values)).rows)
  }

  /** In one transaction that is on disk when it resolves (PostgreSQL, synchronous_commit). */
  async write<T>(doing: string, work: (client: PgClient) => Promise<T>): Promise<T> {
    return this.#attempt(doing, () => this.#transact(work))
  }

  /** A connection of its own, for as long as the caller keeps it. */
  async connect(doing: string): Promise<PgClient> {
    return this.#attempt(doing, () => this.#pool.connect())
  }

  async #attempt<T>(doing: string, work: () => Promise<T>): Promise<T> {
    try {
      await this.#prepare()
      return await work()
    } catch (error) {
      return failBackend(this.#name, doing, error)
    }
  }

  async #transact<T>(work: (client: PgClient) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect()
    const ignore = (): void => undefined
    client.on('error', ignore) // the query under way rejects too
    try {
      await client.query('begin')
      await client.query(durable)
      const result = await work(client)
      await client.query('commit')
      client.removeListener('error', ignore)
      client.release()
      return result
    } catch (error) {
      client.removeListener('error', ignore)
      client.release(true) // which ends the transaction
      throw error
    }
  }

  /** Once; again after a failure. */
  #prepare(): Promise<void> {
    this.#ready ??= this.#createTables().catch((error: unknown) => {
      this.#ready = undefined
      throw error
    })
    return this.#ready
  }

  async #createTables(): Promise<void> {
    const { rows } = await this.#pool.query("select to_regclass('tresor_keyring') is not null as present")
    if (rows[0]?.present === true) return
    await this.#transact(async (client) => {
      await client.query('select pg_advisory_xact_lock($1)', [schemaLock])
      await client.query(schema)
      await client.query(storage)
    })
  }
}

/** Raises `off` and `local`; leaves what waits for replicas as its administrator set it. */
const durable = `select set_config('synchronous_commit', 'on', true)
  where current_setting('synchronous_commit') in ('off', 'local', 'remote_write')`
