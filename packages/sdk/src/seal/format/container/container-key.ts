// The key of a sealed file or value: made once, wrapped by every key source, and good for nothing else.
import { createHmac } from 'node:crypto'
import { equalBytes, SealError, UnavailableError, UsageError, utf8 } from '../../../core/index.js'
import { type Aead, allocateLocked, type LockedMemory } from '../../../native/index.js'
import type { KeySource, Stanza } from '../../keys/key-source.js'
import { withSecret } from '../../keys/secret-bytes.js'
import { keyBytes, kindPattern, maxBodyBytes, maxParameterBytes } from '../../keys/stanza.js'
import { type ContainerHeader, maxStanzas } from './header.js'

type DerivedUse = 'content' | 'header'

const labels: Readonly<Record<DerivedUse, Uint8Array>> = {
  content: utf8('tresor-seal/1 file content\0'),
  header: utf8('tresor-seal/1 file header\0')
}

/** Wipes the derived key when the work is done. */
export async function withDerivedKey<T>(
  aead: Aead,
  key: LockedMemory,
  use: DerivedUse,
  work: (derived: LockedMemory) => T | Promise<T>
): Promise<T> {
  const derived = await deriveKey(aead, key, use)
  try {
    return await work(derived)
  } finally {
    derived.wipe()
  }
}

/** The caller wipes it. */
export async function deriveKey(aead: Aead, key: LockedMemory, use: DerivedUse): Promise<LockedMemory> {
  const derived = await allocateLocked(keyBytes)
  aead.expand(key, labels[use], derived)
  return derived
}

/** HMAC-SHA-512/256 (RFC 2104, FIPS 180-4). */
export async function headerMac(aead: Aead, key: LockedMemory, authenticated: Uint8Array): Promise<Uint8Array> {
  return withDerivedKey(aead, key, 'header', (derived) =>
    withSecret(
      derived.read(),
      (secret) => new Uint8Array(createHmac('sha512-256', secret).update(authenticated).digest())
    )
  )
}

/** @throws UsageError ERR_USAGE_OPTION for a source whose stanza could not be read later */
export async function wrapForAll(
  key: LockedMemory,
  id: Uint8Array,
  sources: readonly KeySource[]
): Promise<readonly Stanza[]> {
  return withSecret(key.read(), (secret) =>
    Promise.all(
      sources.map(async (source) => expectStanza(await source.wrap(secret, { storeId: id, epoch: 0 }), source))
    )
  )
}

/**
 * The key, once it has shown that the header is as it was written. The caller wipes it.
 * @throws SealError ERR_SEALED_KEY, ERR_SEALED_NO_KEY, ERR_SEALED_AUTH
 * @throws UnavailableError where a source cannot be asked and no other opens
 */
export async function openHeader(
  aead: Aead,
  header: ContainerHeader,
  sources: readonly KeySource[]
): Promise<LockedMemory> {
  const key = await unwrapKey(header, sources)
  if (equalBytes(await headerMac(aead, key, header.authenticated), header.mac)) return key
  key.wipe()
  throw new SealError('ERR_SEALED_AUTH', 'sealed file: its header was changed')
}

/** A source that fails does not keep the next one from trying. */
async function unwrapKey(header: ContainerHeader, sources: readonly KeySource[]): Promise<LockedMemory> {
  const failures: (SealError | UnavailableError)[] = []
  for (const source of sources) {
    for (const stanza of header.stanzas) {
      const key = await tryToUnwrap(source, stanza, header.id, failures)
      if (key !== undefined) return withSecret(key, importKey)
    }
  }
  throw explain(failures)
}

async function tryToUnwrap(
  source: KeySource,
  stanza: Stanza,
  id: Uint8Array,
  failures: (SealError | UnavailableError)[]
): Promise<Uint8Array | undefined> {
  try {
    return await source.unwrap(stanza, { storeId: id, epoch: 0 })
  } catch (error) {
    if (!(error instanceof SealError || error instanceof UnavailableError)) throw error
    failures.push(error)
    return undefined
  }
}

async function importKey(bytes: Uint8Array): Promise<LockedMemory> {
  if (bytes.length !== keyBytes) throw new UsageError('ERR_USAGE_OPTION', 'keys: a key source gave no key of 32 bytes')
  const key = await allocateLocked(keyBytes)
  key.fill(bytes)
  return key
}

/** What can be mended comes first: a device that is away; then a stanza that is for us and does not open. */
function explain(failures: readonly (SealError | UnavailableError)[]): SealError | UnavailableError {
  const failure = failures.find((error) => error instanceof UnavailableError) ?? failures[0]
  return failure ?? new SealError('ERR_SEALED_NO_KEY', 'sealed file: it is for none of the given key sources')
}

function expectStanza(stanza: Stanza, source: KeySource): Stanza {
  const isSound =
    stanza.kind === source.kind &&
    kindPattern.test(stanza.kind) &&
    stanza.parameters.length <= maxParameterBytes &&
    stanza.body.length <= maxBodyBytes
  if (isSound) return stanza
  throw new UsageError(
    'ERR_USAGE_OPTION',
    'keys: what a key source wrapped is too large, or of another kind than its own'
  )
}

/** @throws UsageError ERR_USAGE_OPTION */
export function expectSources(sources: readonly KeySource[]): readonly KeySource[] {
  if (!Array.isArray(sources) || sources.length < 1 || sources.length > maxStanzas) {
    throw new UsageError('ERR_USAGE_OPTION', `keys: expected an array of 1 to ${maxStanzas} key sources`)
  }
  for (const source of sources) {
    if (typeof source?.wrap !== 'function' || typeof source.unwrap !== 'function' || !kindPattern.test(source.kind)) {
      throw new UsageError('ERR_USAGE_OPTION', 'keys: expected what teeKey, recoveryKey or another of them gives')
    }
  }
  return sources
}

/** @throws UsageError ERR_USAGE_OPTION where all of them are lost with the machine */
export function assertDurable(sources: readonly KeySource[], isUnrecoverable: boolean): void {
  if (isUnrecoverable || sources.some(({ survival }) => survival === 'durable')) return
  throw new UsageError(
    'ERR_USAGE_OPTION',
    'keys: all of them are lost with the hardware; add a recovery key, or say unrecoverable: true',
    { details: { field: 'keys' } }
  )
}
