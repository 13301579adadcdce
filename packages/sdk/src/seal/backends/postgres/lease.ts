// The right to write, as an advisory lock of a session: the server gives it back when the connection ends, however the process died.
// Not through a pooler that shares sessions between transactions (PgBouncer in transaction mode): what it locks is not ours.
import { UnavailableError } from '../../../core/index.js'
import type { WriterLease } from '../backend.js'
import type { Database } from './database.js'
import type { PgClient } from './pool.js'

const hold = "select pg_try_advisory_lock(hashtextextended('tresor ' || $1, 0)) as held"
const holder = `select a.pid, coalesce(host(a.client_addr), 'this host') as host from pg_locks l join pg_stat_activity a using (pid)
  where l.locktype = 'advisory' and l.granted and (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended('tresor ' || $1, 0)`

/** @throws UnavailableError ERR_STORE_LOCKED, ERR_STORE_BACKEND */
export async function lockStore(database: Database, store: string, name: string): Promise<WriterLease> {
  const client = await database.connect('lock the store')
  try {
    const { rows } = await client.query(hold, [store])
    if (rows[0]?.held === true) return new PostgresLease(client, name)
    throw await describeHolder(client, store, name)
  } catch (error) {
    client.release(true)
    throw error
  }
}

async function describeHolder(client: PgClient, store: string, name: string): Promise<UnavailableError> {
  const [row] = (await client.query(holder, [store])).rows
  const who = row === undefined ? 'another session' : `the session of backend ${row.pid} from ${row.host}`
  return new UnavailableError('ERR_STORE_LOCKED', `${name}: ${who} writes to it`, { details: { field: name } })
}

class PostgresLease implements WriterLease {
  readonly #client: PgClient
  readonly #name: string
  #lost: Error | undefined
  #isReleased = false
  readonly #lose = (error: Error): void => {
    this.#lost = error
  }

  constructor(client: PgClient, name: string) {
    this.#client = client
    this.#name = name
    client.on('error', this.#lose)
  }

  /** Asks over the very connection that holds the lock. */
  async assertHeld(): Promise<void> {
    if (this.#lost === undefined && !this.#isReleased) await this.#client.query('select 1').catch(this.#lose)
    if (this.#lost === undefined && !this.#isReleased) return
    throw new UnavailableError('ERR_STORE_LOCKED', `${this.#name}: the connection that held the lock is gone`, {
      cause: this.#lost,
      details: { field: this.#name }
    })
  }

  async release(): Promise<void> {
    if (this.#isReleased) return
    this.#isReleased = true
    this.#client.release(true) // ends the session, and with it the lock
  }
}
