// Sealed bytes in PostgreSQL, for services on several machines: blobs in rows, the root changed by compare-and-set.
import { expectOptions, expectString, SealError, UsageError } from '../../../core/index.js'
import type { Backend, BlobWriter, Place, RootSlots, WriterLease } from '../backend.js'
import { expectName } from '../names.js'
import { PendingSegments } from '../pending-segments.js'
import { cutRange, missingBlob, truncatedBlob } from '../whole-bytes.js'
import { insertParts, PostgresBlobWriter, removeBlob } from './blob-writer.js'
import { Database } from './database.js'
import { lockStore } from './lease.js'
import type { PgPool } from './pool.js'
import { partBytes } from './schema.js'

export interface PostgresOptions {
  /** Which store, where a database holds several. 1 to 64 characters of a-z, 0-9, `-`; default `vault`. */
  readonly store?: string
}

/**
 * A backend in the database of `pool` (a Pool of `pg` 8): tables `tresor_*` are made when they are missing. The database sees ciphertext, its
 * size, and when it is read and written; it may lose or withhold it, and put an older store back where freshness is `process`.
 * The pool stays the caller's; one connection of it is kept while a vault is open for writing.
 * @throws UsageError ERR_USAGE_OPTION
 */
export function postgres(pool: PgPool, options: PostgresOptions = {}): Backend {
  if (typeof pool?.query !== 'function' || typeof pool.connect !== 'function') {
    throw new UsageError('ERR_USAGE_OPTION', 'pool: expected a Pool of pg', { details: { field: 'pool' } })
  }
  const store = expectString(expectOptions(options, ['store'], 'postgres').store ?? 'vault', 'store')
  return new PostgresBackend(pool, expectName(store))
}

/** Beyond this, what waits for a flush is stored early. */
const maxPendingBytes = 8 << 20

class PostgresBackend implements Backend {
  readonly name: string
  readonly #store: string
  readonly #database: Database
  readonly #pending = new PendingSegments()

  constructor(pool: PgPool, store: string) {
    this.name = `postgres ${store}`
    this.#store = store
    this.#database = new Database(pool, this.name)
  }

  async isOccupied(): Promise<boolean> {
    const rows = await this.#read(
      'look for a store',
      `select exists (select from tresor_store where store = $1) or exists (select from tresor_keyring where store = $1)
        or exists (select from tresor_blob where store = $1) as present`
    )
    return rows[0]?.present === true
  }

  async append(parts: readonly Uint8Array[]): Promise<readonly Place[]> {
    const places = this.#pending.append(parts)
    if (this.#pending.length > maxPendingBytes) await this.flush()
    return places
  }

  async createBlob(): Promise<BlobWriter> {
    return new PostgresBlobWriter(this.#database, this.#store)
  }

  async flush(): Promise<void> {
    await this.#pending.flush((blob, bytes) => insertParts(this.#database, this.#store, blob, bytes, 0))
  }

  async read(place: Place, length: number): Promise<Uint8Array> {
    const waiting = this.#pending.bytesOf(expectName(place.blob))
    if (waiting !== undefined) return cutRange(waiting, place, length)
    const bytes = await this.#readParts(place, length)
    if (bytes.length === length) return bytes
    if (bytes.length === 0 && !(await this.#isThere(place.blob))) throw missingBlob(place.blob)
    throw truncatedBlob(place, length, bytes.length)
  }

  async *list(): AsyncIterable<{ readonly blob: string; readonly bytes: number }> {
    const rows = await this.#read(
      'list blobs',
      'select blob, sum(length(bytes))::float8 as bytes from tresor_blob where store = $1 group by blob'
    )
    for (const row of rows) yield { blob: String(row.blob), bytes: Number(row.bytes) }
  }

  async remove(blob: string): Promise<void> {
    await removeBlob(this.#database, this.#store, expectName(blob))
  }

  async readKeyring(name: string): Promise<Uint8Array | undefined> {
    const text = 'select bytes from tresor_keyring where store = $1 and name = $2'
    const [row] = await this.#read('read a keyring', text, expectName(name))
    return row === undefined ? undefined : bytesOf(row.bytes)
  }

  async writeKeyring(name: string, bytes: Uint8Array): Promise<void> {
    const values = [this.#store, expectName(name), Buffer.from(bytes)]
    await this.#database.write('write a keyring', (client) =>
      client.query('insert into tresor_keyring values ($1, $2, $3)', values)
    )
  }

  async listKeyrings(): Promise<readonly string[]> {
    const rows = await this.#read('list keyrings', 'select name from tresor_keyring where store = $1')
    return rows.map(({ name }) => String(name))
  }

  async removeKeyring(name: string): Promise<void> {
    const values = [this.#store, expectName(name)]
    await this.#database.write('remove a keyring', (client) =>
      client.query('delete from tresor_keyring where store = $1 and name = $2', values)
    )
  }

  async readRoots(): Promise<RootSlots> {
    const text = 'select slot0, slot1, version::text as version from tresor_store where store = $1'
    const [row] = await this.#read('read the root', text)
    if (row === undefined) return { slots: [new Uint8Array(0), new Uint8Array(0)], version: unwritten }
    return { slots: [bytesOf(row.slot0), bytesOf(row.slot1)], version: String(row.version) }
  }

  async swapRoot(slot: 0 | 1, record: Uint8Array, expected: string): Promise<string> {
    const values = [this.#store, expected, Buffer.from(record)]
    const version = await this.#database.write('write the root', async (client) => {
      await client.query(createRoot, [this.#store])
      return (await client.query(swaps[slot], values)).rows[0]?.version
    })
    if (version === undefined) throw new SealError('ERR_SEALED_CONFLICT', `${this.name}: somebody else has written`)
    return String(version)
  }

  async lock(): Promise<WriterLease> {
    return lockStore(this.#database, this.#store, this.name)
  }

  async close(): Promise<void> {
    // the pool is the caller's
  }

  /** As many bytes as there are. */
  async #readParts(place: Place, length: number): Promise<Uint8Array> {
    const first = Math.floor(place.offset / partBytes)
    const last = Math.floor((place.offset + Math.max(length, 1) - 1) / partBytes)
    const rows = await this.#database.read('read a blob', readParts, [
      this.#store,
      place.blob,
      first,
      last,
      place.offset,
      place.offset + length
    ])
    return new Uint8Array(Buffer.concat(rows.map(({ bytes }) => bytesOf(bytes))))
  }

  async #isThere(blob: string): Promise<boolean> {
    const text = 'select 1 from tresor_blob where store = $1 and blob = $2 limit 1'
    return (await this.#read('look for a blob', text, blob)).length > 0
  }

  #read(doing: string, text: string, ...values: unknown[]): Promise<readonly Record<string, unknown>[]> {
    return this.#database.read(doing, text, [this.#store, ...values])
  }
}

/** Version of a root that was never written. */
const unwritten = '0'

const createRoot = `insert into tresor_store values ($1, 0, '', '') on conflict do nothing`

const swaps = [swapOf('slot0'), swapOf('slot1')] as const

function swapOf(column: 'slot0' | 'slot1'): string {
  return `update tresor_store set ${column} = $3, version = version + 1 where store = $1 and version::text = $2 returning version::text as version`
}

/** Of each part the piece that lies within [$5, $6); substring counts from 1. */
const readParts = `select substring(bytes from greatest($5::bigint - part * ${partBytes}::bigint, 0)::int + 1
    for greatest(least($6::bigint - part * ${partBytes}::bigint, ${partBytes}) - greatest($5::bigint - part * ${partBytes}::bigint, 0), 0)::int) as bytes
  from tresor_blob where store = $1 and blob = $2 and part between $3 and $4 order by part`

function bytesOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? new Uint8Array(value) : new Uint8Array(0)
}
