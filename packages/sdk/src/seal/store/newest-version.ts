// Whether what lies on the disk is the newest version, as far as the chosen level of freshness can tell.
import { equalBytes, SealError, toHex, UnavailableError } from '../../core/index.js'
import type { Anchor, Freshness } from '../freshness/freshness.js'
import type { FoundRoot, FoundRoots } from './roots.js'

export interface FreshnessOptions {
  readonly freshness: Freshness
  /** The token of the one older version that is taken knowingly. */
  readonly acceptRollback?: string | undefined
}

/**
 * For a writer: what is found must be the version that is remembered, or the one right after it (a crash between writing the root and
 * remembering it). Answers what is remembered then.
 * @throws SealError ERR_SEALED_ROLLBACK with a token for `acceptRollback`; UnavailableError ERR_STORE_ANCHOR
 */
export async function settleNewest(found: FoundRoots, options: FreshnessOptions): Promise<Anchor> {
  const { freshness, acceptRollback } = options
  const { newest } = found
  const storeId = newest.root.storeId
  const disk = anchorOf(newest)
  if (acceptRollback !== undefined && acceptRollback === tokenOf(newest)) {
    await freshness.reset(storeId, disk)
    return disk
  }
  assertLinked(found)
  const known = await freshness.read(storeId)
  if (known !== undefined && isSame(known, disk)) return disk
  if (!isNext(known, newest, freshness.level)) throw rolledBack(newest, known)
  if (known !== undefined) await assertKeyringSucceeds(found, known, freshness.level)
  await freshness.advance(storeId, known, disk)
  return disk
}

/** For a reader, who reads what is remembered before the roots: they can only be newer, by one where the level remembers every commit. */
export async function chooseForReader(
  read: () => Promise<FoundRoots>,
  storeId: Uint8Array | undefined,
  options: FreshnessOptions
): Promise<FoundRoot> {
  for (let tries = 0; tries < maxTries; tries++) {
    const known = storeId === undefined ? undefined : await options.freshness.read(storeId)
    const found = await read()
    if (storeId === undefined) return chooseForReader(read, found.newest.root.storeId, options)
    const chosen = await chooseOf(found, known, options)
    if (chosen !== undefined) return rememberInProcess(chosen, known, options)
    if (known !== undefined && found.newest.root.sequence <= known.sequence) throw rolledBack(found.newest, known)
  }
  throw new UnavailableError('ERR_STORE_ANCHOR', 'store: it changes faster than its newest version can be asked for')
}

const maxTries = 50

/** `undefined`: a newer version is on the disk than is remembered; ask again. */
async function chooseOf(
  found: FoundRoots,
  known: Anchor | undefined,
  options: FreshnessOptions
): Promise<FoundRoot | undefined> {
  const { newest, older } = found
  if (options.acceptRollback === tokenOf(newest)) return newest
  assertLinked(found)
  if (known !== undefined && isSame(known, anchorOf(newest))) return newest
  if (isNext(known, newest, options.freshness.level)) {
    if (known !== undefined) await assertKeyringSucceeds(found, known, options.freshness.level)
    return newest
  }
  if (older !== undefined && known !== undefined && isSame(known, anchorOf(older))) return older
  if (known === undefined) throw rolledBack(newest, known)
  return undefined
}

/**
 * A root that is not remembered yet may name another keyring only if whoever had the newest key made it of the one before: else somebody
 * whose slot was taken away could forge it. So the root before must be there to compare with, where every commit is remembered.
 */
async function assertKeyringSucceeds(
  { newest, older }: FoundRoots,
  known: Anchor,
  level: Freshness['level']
): Promise<void> {
  if (older === undefined && level !== 'process') throw rolledBack(newest, known)
  if (older === undefined || newest.root.keyring === older.root.keyring) return
  await newest.keys.keyring.assertSucceeds(older.keys.keyring)
}

/** Memory of this process is for the readers to keep; other levels are moved by the writer alone. */
async function rememberInProcess(
  chosen: FoundRoot,
  known: Anchor | undefined,
  { freshness }: FreshnessOptions
): Promise<FoundRoot> {
  const next = anchorOf(chosen)
  if (freshness.level === 'process' && !(known !== undefined && isSame(known, next))) {
    await freshness.advance(chosen.root.storeId, known, next)
  }
  return chosen
}

export function anchorOf({ root, hash }: FoundRoot): Anchor {
  return { sequence: root.sequence, rootHash: hash }
}

/** Names one version of one store. */
function tokenOf({ root, hash }: FoundRoot): string {
  return `${root.sequence}-${toHex(hash)}`
}

function isSame(a: Anchor, b: Anchor): boolean {
  return a.sequence === b.sequence && equalBytes(a.rootHash, b.rootHash)
}

/** Two whole slots that are no neighbours were put together from two versions. */
function assertLinked({ newest, older }: FoundRoots): void {
  if (older === undefined) return
  const isLinked =
    equalBytes(newest.root.storeId, older.root.storeId) &&
    newest.root.sequence === older.root.sequence + 1n &&
    equalBytes(newest.root.previousHash, older.hash)
  if (!isLinked) throw rolledBack(newest, anchorOf(older))
}

/**
 * May `found` come after what is known? A process sees every commit of its own, but not those of others between; a TPM or a broker sees all.
 */
function isNext(known: Anchor | undefined, found: FoundRoot, level: Freshness['level']): boolean {
  if (known === undefined) return level === 'process'
  const steps = found.root.sequence - known.sequence
  return steps === 1n ? equalBytes(found.root.previousHash, known.rootHash) : level === 'process' && steps > 1n
}

function rolledBack(found: FoundRoot, known: Anchor | undefined): SealError {
  const { sequence, savedAtMs } = found.root
  const expected = known === undefined ? 'a version that is remembered' : `version ${known.sequence}`
  const actual = `version ${sequence}, ${toHex(found.hash.subarray(0, 8))}, saved at ${timeOf(savedAtMs)}`
  return new SealError('ERR_SEALED_ROLLBACK', `store: expected ${expected} or the next, found ${actual}`, {
    details: { field: 'root', expected, actual, token: tokenOf(found), remedy: 'restore the newest version' }
  })
}

function timeOf(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : 'an unknown time'
}

/** True for what `acceptRollback` may be. */
export function isRollbackToken(token: string): boolean {
  return /^\d{1,20}-[0-9a-f]{64}$/.test(token)
}
