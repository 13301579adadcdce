// The right to write, where there are no locks: an object that its holder writes anew again and again. Whoever sees it unchanged for long
// enough, by its own clock, takes it over; clocks are not compared. A holder that was asleep finds out before it writes a root, and a root
// that it writes all the same is refused, since that is a compare-and-set too.
import { hostname } from 'node:os'
import { SealError, UnavailableError, utf8 } from '../../../core/index.js'
import type { WriterLease } from '../backend.js'
import { createBlobName } from '../pending-segments.js'
import type { Bucket, Stored } from './bucket.js'

const key = 'lease'
const maxBytes = 512

export interface LeaseTiming {
  /** Unchanged for so long, a lease is taken over. The holder renews it three times as often. */
  readonly leaseMs: number
  readonly sleep: (ms: number) => Promise<void>
  /** Milliseconds that never go back. */
  readonly monotonicMs: () => number
}

/** Waits `leaseMs` where a lease is there: its holder may be dead. @throws UnavailableError ERR_STORE_LOCKED, ERR_STORE_BACKEND */
export async function takeLease(bucket: Bucket, name: string, timing: LeaseTiming): Promise<WriterLease> {
  const seen = await bucket.get(key, maxBytes)
  if (seen !== undefined) await waitForDeath(bucket, seen, name, timing)
  const lease = new S3Lease(bucket, name, timing)
  await lease.take(seen?.etag)
  return lease
}

async function waitForDeath(
  bucket: Bucket,
  seen: Stored,
  name: string,
  { leaseMs, sleep }: LeaseTiming
): Promise<void> {
  await sleep(leaseMs)
  const now = await bucket.get(key, maxBytes)
  if (now !== undefined && now.etag !== seen.etag) throw locked(name, `${holderOf(now)} writes to it`)
}

class S3Lease implements WriterLease {
  readonly #bucket: Bucket
  readonly #name: string
  readonly #timing: LeaseTiming
  readonly #holder = `${hostname()} pid ${process.pid}`
  #etag: string | undefined
  #renewedMs = 0
  #renewal: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(bucket: Bucket, name: string, timing: LeaseTiming) {
    this.#bucket = bucket
    this.#name = name
    this.#timing = timing
  }

  async take(expected: string | undefined): Promise<void> {
    await this.#write(expected)
    this.#timer = setInterval(() => {
      this.#renew().catch(() => undefined) // assertHeld says so
    }, this.#timing.leaseMs / 3)
    this.#timer.unref()
  }

  async assertHeld(): Promise<void> {
    if (this.#timer === undefined) throw locked(this.#name, 'the lease has been given back')
    if (this.#timing.monotonicMs() - this.#renewedMs > this.#timing.leaseMs / 2) await this.#renew()
  }

  async release(): Promise<void> {
    if (this.#timer === undefined) return
    clearInterval(this.#timer)
    this.#timer = undefined
    await this.#renewal?.catch(() => undefined)
    const now = await this.#bucket.get(key, maxBytes)
    if (now !== undefined && now.etag === this.#etag) await this.#bucket.remove(key)
  }

  /** One at a time: the second would not know the first's version. */
  #renew(): Promise<void> {
    this.#renewal ??= this.#write(this.#etag).finally(() => {
      this.#renewal = undefined
    })
    return this.#renewal
  }

  async #write(expected: string | undefined): Promise<void> {
    const startMs = this.#timing.monotonicMs()
    try {
      // a name that is never used twice, so that every version differs
      this.#etag = await this.#bucket.put(key, utf8(`${this.#holder} ${createBlobName()}`), expected)
    } catch (error) {
      if (!(error instanceof SealError)) throw error
      throw locked(this.#name, 'another process has taken the lease', error)
    }
    this.#renewedMs = startMs
  }
}

function locked(name: string, reason: string, cause?: unknown): UnavailableError {
  return new UnavailableError('ERR_STORE_LOCKED', `${name}: ${reason}`, { cause, details: { field: name } })
}

/** As its holder wrote it; for people only. */
function holderOf({ bytes }: Stored): string {
  const text = new TextDecoder().decode(bytes)
  return /^[\w.-]{1,255} pid \d{1,10}/.exec(text)?.[0] ?? 'another process'
}
