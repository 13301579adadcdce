// Which root counts: of the two slots, the valid one with the highest sequence. A torn slot is no error as long as the other is whole.

import { crypto } from '#crypto'
import { equalBytes, SealError, TresorError, toHex, UsageError } from '../../core/index.js'
import type { Backend } from '../backends/backend.js'
import { isEmptySlot, openRoot, parseRootHeader, type RootHeader, type RootRecord, type Suite } from './root-record.js'
import { loadKeys, type StoreKeys, type UnlockKeyring } from './store-keys.js'

export interface FoundRoot {
  readonly root: RootRecord
  /** SHA-256 of the record. */
  readonly hash: Uint8Array
  readonly slot: 0 | 1
  readonly keys: StoreKeys
}

export interface FoundRoots {
  readonly newest: FoundRoot
  /** The one before, where it is whole. */
  readonly older: FoundRoot | undefined
  /** For compare-and-set. */
  readonly version: string
}

export interface RootsOptions {
  readonly suite: Suite
  readonly unlockKeyring: UnlockKeyring
  /** Which store it must be. */
  readonly storeId?: Uint8Array | undefined
}

interface Opened {
  readonly hash: Uint8Array
  readonly keys: StoreKeys
  isOurs: boolean
}

/** Reads the roots of one store, and the keyrings that they name, each once. */
export class Roots {
  readonly #backend: Backend
  readonly #suite: Suite
  readonly #storeId: Uint8Array | undefined
  readonly #unlockKeyring: UnlockKeyring
  readonly #opened = new Map<string, Opened>()

  constructor(backend: Backend, { suite, unlockKeyring, storeId }: RootsOptions) {
    this.#backend = backend
    this.#storeId = storeId
    this.#suite = suite
    this.#unlockKeyring = unlockKeyring
  }

  /** @throws UsageError ERR_USAGE_STORE when there is no store; SealError for one that was changed or is not for these keys */
  async read(): Promise<FoundRoots> {
    const { slots, version } = await this.#backend.readRoots()
    if (slots.every(isEmptySlot)) throw noStore(this.#backend.name)
    const candidates = slots.map((record, i) => ({ record, slot: i as 0 | 1, ...this.#readHeader(record) }))
    candidates.sort((a, b) => Number((b.header?.sequence ?? -1n) - (a.header?.sequence ?? -1n)))
    const found: FoundRoot[] = []
    const errors: unknown[] = []
    for (const { record, slot, header, error } of candidates) {
      if (header === undefined) errors.push(error)
      else await this.#open(record, slot, header).then((root) => found.push(root), keepSealError(errors))
    }
    const named = new Set(candidates.map(({ header }) => header?.keyring))
    this.#forget((name) => !named.has(name))
    const [newest, older] = found
    if (newest === undefined) throw errors[0]
    return { newest, older, version }
  }

  /** Somebody else wipes these from now on. */
  handOver(keys: StoreKeys): void {
    for (const opened of this.#opened.values()) if (opened.keys === keys) opened.isOurs = false
  }

  /** Wipes the keys of all keyrings that were opened, but for those that were handed over. */
  close(): void {
    this.#forget(() => true)
  }

  #forget(isMeant: (name: string) => boolean): void {
    for (const [name, { keys, isOurs }] of this.#opened) {
      if (!isMeant(name)) continue
      if (isOurs) keys.wipe()
      this.#opened.delete(name)
    }
  }

  #readHeader(record: Uint8Array): { header?: RootHeader; error?: unknown } {
    try {
      if (isEmptySlot(record)) return { error: new SealError('ERR_SEALED_FORMAT', 'root record: never written') }
      const header = parseRootHeader(record, this.#suite)
      if (this.#storeId !== undefined && !equalBytes(header.storeId, this.#storeId)) throw otherStore(header)
      return { header }
    } catch (error) {
      if (error instanceof SealError) return { error }
      throw error
    }
  }

  async #open(record: Uint8Array, slot: 0 | 1, header: RootHeader): Promise<FoundRoot> {
    const { hash: keyringHash, keys } = await this.#unlock(header)
    const root = await openRoot(record, header, keys.sealer(header.epoch))
    if (!equalBytes(root.keyringHash, keyringHash)) {
      throw new SealError('ERR_SEALED_KEY', `keyring ${header.keyring}: it is not the one that belongs to this root`)
    }
    return { root, hash: await crypto.hash('sha256', record), slot, keys }
  }

  async #unlock({ keyring: name, storeId }: RootHeader) {
    const opened = this.#opened.get(name)
    if (opened !== undefined) return opened
    const bytes = await this.#backend.readKeyring(name)
    if (bytes === undefined) throw new SealError('ERR_SEALED_MISSING', `keyring ${name}: it is gone`)
    const keys = await loadKeys(await this.#unlockKeyring(bytes, storeId))
    const hash = await crypto.hash('sha256', bytes)
    this.#opened.set(name, { hash, keys, isOurs: true })
    return { hash, keys }
  }
}

/** Torn, changed or for another key: the other slot may be whole. Anything else ends the search. */
function keepSealError(errors: unknown[]): (error: unknown) => void {
  return (error) => {
    if (!TresorError.is(error) || !error.code.startsWith('ERR_SEALED_')) throw error
    errors.push(error)
  }
}

function otherStore({ storeId }: RootHeader): SealError {
  const actual = toHex(storeId)
  return new SealError('ERR_SEALED_AUTH', `root record: this is another store, ${actual}`, {
    details: { field: 'storeId', actual }
  })
}

function noStore(name: string): UsageError {
  return new UsageError('ERR_USAGE_STORE', `${name}: there is no store`, { details: { field: 'backend' } })
}
