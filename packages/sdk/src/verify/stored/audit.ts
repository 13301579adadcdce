// Is what a store holds genuine and current? Every signature up to a pinned root, without any network and without any evidence.
import { expectDate, expectOptions, systemClock, TresorError, UnavailableError, UsageError } from '../../core/index.js'
import type { CollateralStore } from '../collateral/store.js'
import type { ExtraRoot } from '../verifier.js'
import { readAmdItem } from './amd.js'
import { readIntelItem } from './intel.js'
import type { Audit, StoredItem } from './item.js'

export interface AuditOptions {
  /** The time at which to judge. Default: the present. */
  readonly now?: Date
  /** Root keys to trust beside the pinned vendors' ones. */
  readonly unsafeExtraRoots?: readonly ExtraRoot[]
}

/** One item of a store. */
export interface AuditedItem {
  readonly key: string
  /** For people: `TCB info of tdx 90c06f000000`. */
  readonly what: string
  readonly bytes: number
  readonly fetchedAt: Date
  /** Absent where it cannot be read. */
  readonly notBefore?: Date
  readonly notAfter?: Date
  /** Why a verifier would not use it. Absent: it is genuine and current. */
  readonly error?: TresorError
}

/**
 * Reads and verifies every item of a store, in the order of their keys.
 * @throws UsageError ERR_USAGE_OPTION, UnavailableError ERR_COLLATERAL_STORE
 * @example
 * const bad = (await auditStore(directoryStore('collateral'))).filter(({ error }) => error !== undefined)
 */
export async function auditStore(store: CollateralStore, options: AuditOptions = {}): Promise<readonly AuditedItem[]> {
  expectOptions(options, ['now', 'unsafeExtraRoots'], 'auditStore')
  if (store.list === undefined) throw new UsageError('ERR_USAGE_OPTION', 'auditStore: expected a store with list')
  const now = options.now === undefined ? systemClock() : expectDate(options.now, 'now')
  const audit: Audit = { now, extraRoots: options.unsafeExtraRoots ?? [], require: (key) => requireFrom(store, key) }
  const items: AuditedItem[] = []
  for (const key of [...(await store.list())].sort()) items.push(await auditItem(store, key, audit))
  return items
}

async function requireFrom(store: CollateralStore, key: string): Promise<Uint8Array> {
  const record = await store.get(key)
  if (record !== undefined) return record.bytes
  throw new UnavailableError('ERR_COLLATERAL_MISSING', `${key} is not in the store`, { details: { field: key } })
}

async function auditItem(store: CollateralStore, key: string, audit: Audit): Promise<AuditedItem> {
  const record = await store.get(key)
  if (record === undefined) return damaged(key)
  const base = { key, bytes: record.bytes.length, fetchedAt: record.fetchedAt }
  try {
    const { what, notBefore, notAfter, verify } = await readItem(key, record.bytes)
    const error = await errorOf(() => verify(audit))
    return { ...base, what, notBefore, notAfter, ...(error === undefined ? {} : { error }) }
  } catch (error) {
    if (!TresorError.is(error)) throw error
    return { ...base, what: 'cannot be read', error }
  }
}

function damaged(key: string): AuditedItem {
  const error = new UnavailableError('ERR_COLLATERAL_STORE', `${key}: its record is damaged`)
  return { key, what: 'a damaged record', bytes: 0, fetchedAt: new Date(0), error }
}

async function readItem(key: string, bytes: Uint8Array): Promise<StoredItem> {
  const item = (await readIntelItem(key, bytes)) ?? (await readAmdItem(key, bytes))
  if (item !== undefined) return item
  throw new UnavailableError('ERR_COLLATERAL_STORE', `${key}: is nothing that this version knows`)
}

async function errorOf(work: () => Promise<void>): Promise<TresorError | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    if (TresorError.is(error)) return error
    throw error
  }
}
