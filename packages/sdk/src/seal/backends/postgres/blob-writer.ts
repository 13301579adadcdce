// A blob that comes in pieces of any size and lies in rows of the same size.

import type { BlobWriter } from '../backend.js'
import { createBlobName } from '../pending-segments.js'
import type { Database } from './database.js'
import { partBytes } from './schema.js'

/** Rows stored in one transaction. */
const partsAtOnce = 16

export class PostgresBlobWriter implements BlobWriter {
  readonly blob: string = createBlobName()
  readonly #database: Database
  readonly #store: string
  readonly #buffer = new Uint8Array(partBytes * partsAtOnce)
  #filled = 0
  #parts = 0

  constructor(database: Database, store: string) {
    this.#database = database
    this.#store = store
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let offset = 0; offset < bytes.length; ) {
      const piece = bytes.subarray(offset, offset + this.#buffer.length - this.#filled)
      this.#buffer.set(piece, this.#filled)
      this.#filled += piece.length
      offset += piece.length
      if (this.#filled === this.#buffer.length) await this.#flush()
    }
  }

  async finish(): Promise<void> {
    if (this.#filled > 0) await this.#flush()
  }

  async discard(): Promise<void> {
    this.#filled = 0
    await removeBlob(this.#database, this.#store, this.blob)
  }

  async #flush(): Promise<void> {
    await insertParts(this.#database, this.#store, this.blob, this.#buffer.subarray(0, this.#filled), this.#parts)
    this.#parts += Math.ceil(this.#filled / partBytes)
    this.#filled = 0
  }
}

/** Twice is as good as once: the answer to the first time may have been lost. */
export async function insertParts(
  database: Database,
  store: string,
  blob: string,
  bytes: Uint8Array,
  firstPart: number
): Promise<void> {
  await database.write('store a blob', async (client) => {
    for (let at = 0; at < bytes.length; at += partBytes) {
      const part = Buffer.from(bytes.subarray(at, at + partBytes))
      await client.query('insert into tresor_blob values ($1, $2, $3, $4) on conflict do nothing', [
        store,
        blob,
        firstPart + at / partBytes,
        part
      ])
    }
  })
}

export async function removeBlob(database: Database, store: string, blob: string): Promise<void> {
  await database.write('remove a blob', (client) =>
    client.query('delete from tresor_blob where store = $1 and blob = $2', [store, blob])
  )
}
