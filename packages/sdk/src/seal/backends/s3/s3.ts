// Sealed bytes in an object store: blobs and keyrings as objects that are put once, both root slots in one object that is changed by
// compare-and-set. The store must honour conditional writes (If-None-Match, If-Match on PutObject), as S3 does since 2024-11.
import { setTimeout as sleep } from 'node:timers/promises'
import {
  copyBytes,
  equalBytes,
  expectInteger,
  expectOptions,
  expectString,
  SealError,
  UsageError
} from '../../../core/index.js'
import type { Backend, BlobWriter, Place, RootSlots, WriterLease } from '../backend.js'
import { expectName } from '../names.js'
import { PendingSegments } from '../pending-segments.js'
import { cutRange, missingBlob, truncatedBlob } from '../whole-bytes.js'
import { S3BlobWriter } from './blob-writer.js'
import { Bucket } from './bucket.js'
import type { S3Sender } from './commands.js'
import { takeLease } from './lease.js'
import { decodeSlots, encodeSlots } from './slots.js'

export interface S3Options {
  /** In front of all keys; default `tresor/`. One prefix is one store. */
  readonly prefix?: string
  /** A writer that died is replaced after so long. 1,000 to 600,000; default 15,000. */
  readonly leaseMs?: number
}

/**
 * A backend in a bucket of S3 or of a store with the same interface. `client` is an S3Client of @aws-sdk/client-s3, which must be installed;
 * endpoint, credentials, retries and timeouts are the caller's. The store sees ciphertext, its size, and when it is read and written.
 * Versioned buckets keep what is removed.
 * @throws UsageError ERR_USAGE_OPTION
 */
export function s3(client: S3Sender, bucket: string, options: S3Options = {}): Backend {
  if (typeof client?.send !== 'function') {
    throw new UsageError('ERR_USAGE_OPTION', 'client: expected an S3Client', { details: { field: 'client' } })
  }
  const { prefix = 'tresor/', leaseMs = 15_000 } = expectOptions(options, ['prefix', 'leaseMs'], 's3')
  expectString(prefix, 'prefix')
  const name = `s3 ${expectString(bucket, 'bucket')}/${prefix}`
  return new S3Backend(
    new Bucket(client, bucket, prefix, name),
    name,
    expectInteger(leaseMs, [1000, 600_000], 'leaseMs')
  )
}

const maxPendingBytes = 8 << 20
const maxKeyringBytes = 1 << 20
const maxRootBytes = 16_384

class S3Backend implements Backend {
  readonly name: string
  readonly #bucket: Bucket
  readonly #leaseMs: number
  readonly #pending = new PendingSegments()
  /** What was written last: saves asking for it. */
  #known: RootSlots | undefined

  constructor(bucket: Bucket, name: string, leaseMs: number) {
    this.name = name
    this.#bucket = bucket
    this.#leaseMs = leaseMs
  }

  async isOccupied(): Promise<boolean> {
    for (const folder of ['root', 'keyrings/', 'blobs/']) {
      for await (const _ of this.#bucket.list(folder)) return true
    }
    return false
  }

  async append(parts: readonly Uint8Array[]): Promise<readonly Place[]> {
    const places = this.#pending.append(parts)
    if (this.#pending.length > maxPendingBytes) await this.flush()
    return places
  }

  async createBlob(): Promise<BlobWriter> {
    return new S3BlobWriter(this.#bucket, 'blobs/')
  }

  async flush(): Promise<void> {
    await this.#pending.flush((blob, bytes) => this.#putOnce(blob, bytes))
  }

  async read(place: Place, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    const waiting = this.#pending.bytesOf(expectName(place.blob))
    if (waiting !== undefined) return cutRange(waiting, place, length)
    if (length === 0) return new Uint8Array(0)
    const bytes = await this.#bucket.getRange(`blobs/${place.blob}`, place.offset, length, signal)
    if (bytes === undefined) throw missingBlob(place.blob)
    if (bytes.length !== length) throw truncatedBlob(place, length, bytes.length)
    return bytes
  }

  async *list(): AsyncIterable<{ readonly blob: string; readonly bytes: number }> {
    for await (const { name, bytes } of this.#bucket.list('blobs/')) yield { blob: name, bytes }
  }

  async remove(blob: string): Promise<void> {
    await this.#bucket.remove(`blobs/${expectName(blob)}`)
  }

  async readKeyring(name: string): Promise<Uint8Array | undefined> {
    return (await this.#bucket.get(`keyrings/${expectName(name)}`, maxKeyringBytes))?.bytes
  }

  async writeKeyring(name: string, bytes: Uint8Array): Promise<void> {
    await this.#bucket.put(`keyrings/${expectName(name)}`, bytes, undefined)
  }

  async listKeyrings(): Promise<readonly string[]> {
    const names: string[] = []
    for await (const { name } of this.#bucket.list('keyrings/')) names.push(name)
    return names
  }

  async removeKeyring(name: string): Promise<void> {
    await this.#bucket.remove(`keyrings/${expectName(name)}`)
  }

  async readRoots(): Promise<RootSlots> {
    const stored = await this.#bucket.get('root', maxRootBytes)
    if (stored === undefined) return { slots: [new Uint8Array(0), new Uint8Array(0)], version: unwritten }
    return { slots: decodeSlots(stored.bytes), version: stored.etag }
  }

  async swapRoot(slot: 0 | 1, record: Uint8Array, expected: string): Promise<string> {
    const { slots, version } = this.#known?.version === expected ? this.#known : await this.readRoots()
    if (version !== expected) throw new SealError('ERR_SEALED_CONFLICT', `${this.name}: somebody else has written`)
    const mine = copyBytes(record)
    const next: RootSlots['slots'] = slot === 0 ? [mine, slots[1]] : [slots[0], mine]
    const written = await this.#putRoot(next, expected === unwritten ? undefined : expected)
    this.#known = { slots: next, version: written }
    return written
  }

  async lock(): Promise<WriterLease> {
    const timing = { leaseMs: this.#leaseMs, sleep: (ms: number) => sleep(ms), monotonicMs: () => performance.now() }
    return takeLease(this.#bucket, this.name, timing)
  }

  async close(): Promise<void> {
    // the client is the caller's
  }

  /** The client repeats a request whose answer was lost, and then meets its own root: that is no conflict. */
  async #putRoot(slots: RootSlots['slots'], expected: string | undefined): Promise<string> {
    const bytes = encodeSlots(slots)
    try {
      return await this.#bucket.put('root', bytes, expected)
    } catch (error) {
      const now = error instanceof SealError ? await this.#bucket.get('root', maxRootBytes) : undefined
      if (now !== undefined && equalBytes(now.bytes, bytes)) return now.etag
      throw error
    }
  }

  /** Again after a lost answer it is there already, and the same: nobody else makes that name. */
  async #putOnce(blob: string, bytes: Uint8Array): Promise<void> {
    try {
      await this.#bucket.put(`blobs/${blob}`, bytes, undefined)
    } catch (error) {
      if (!(error instanceof SealError)) throw error
    }
  }
}

/** Version of a root that was never written. */
const unwritten = 'none'
