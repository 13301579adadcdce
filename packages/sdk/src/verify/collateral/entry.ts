// An item in memory: read, checked against what was asked for, with the dates that decide about its use.
import { UsageError } from '../../core/index.js'
import type { CollateralFound, CollateralItem } from './collateral.js'
import type { CollateralRecord } from './store.js'

export interface Entry<T> extends CollateralRecord {
  readonly value: T
  readonly notBefore: Date
  readonly notAfter: Date
}

/** Part of its life after which an item is renewed while it is still in use. */
const refreshAtLife = 0.8
/** A service may serve the same item until its last day: do not ask at every use. */
const refreshPauseMs = 3_600_000

/**
 * Reads raw bytes of an item.
 * @throws EvidenceError whatever `item.parse` throws for bytes that are not this item
 */
export async function readEntry<T>(item: CollateralItem<T>, record: CollateralRecord): Promise<Entry<T>> {
  const value = await item.parse(record.bytes)
  const { notBefore, notAfter } = item.validity(value)
  return { value, bytes: record.bytes, fetchedAt: record.fetchedAt, notBefore, notAfter }
}

/** An item that is not valid yet counts as fresh: no service has one that is older, and the verifier will say what is wrong. */
export function isFresh({ notAfter }: Entry<unknown>, now: Date, maxStaleMs = 0): boolean {
  return now.getTime() <= notAfter.getTime() + maxStaleMs
}

/** @param present the real time, by which age counts; `now` may be another one */
export function isRefreshDue(entry: Entry<unknown>, item: CollateralItem<unknown>, now: Date, present: Date): boolean {
  const { notBefore, notAfter, fetchedAt } = entry
  const ageMs = present.getTime() - fetchedAt.getTime()
  if (item.refreshAfterMs !== undefined && ageMs >= item.refreshAfterMs) return true
  const lifeMs = notAfter.getTime() - notBefore.getTime()
  const isOld = now.getTime() >= notBefore.getTime() + lifeMs * refreshAtLife
  return isOld && ageMs >= Math.min(refreshPauseMs, lifeMs / 10)
}

export function foundOf<T>(entry: Entry<T>, source: CollateralFound<T>['source'], now: Date): CollateralFound<T> {
  return { value: entry.value, bytes: entry.bytes, source, stale: !isFresh(entry, now) }
}

/** A key names a file in stores. @throws UsageError ERR_USAGE_OPTION */
export function expectItem(item: CollateralItem<unknown>): void {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/.test(item.key) && item.path.startsWith('/')) return
  throw new UsageError('ERR_USAGE_OPTION', `collateral item ${item.type}: key or path has a form that is not allowed`)
}
