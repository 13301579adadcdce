// Small values: a token, a certificate's key, a record of a database. In memory, whole, one after the other.
import { crypto } from '#crypto'
import { concatBytes, expectBytes, expectOptions, SealError, UsageError, utf8 } from '../../../core/index.js'
import { type Aead, loadAead, type SecretKey, saltBytes } from '../../../native/index.js'
import type { KeySource } from '../../keys/key-source.js'
import { expectSecretKey } from '../cobblestone/create-object-sealer.js'
import { plaintextLength, unauthentic } from '../cobblestone/layout.js'
import { collect } from '../collect.js'
import { containerContext } from './container-context.js'
import { assertDurable, expectSources, openHeader, withDerivedKey } from './container-key.js'
import { maxHeaderBytes, parseContainer, parsePrefix } from './header.js'
import { writeContainer } from './write-container.js'

interface ValueContext {
  /**
   * What the value is and where it belongs, such as `shop/db/password@7`: it opens under the same context only, so that no value can take the
   * place of another. Not in the result; at most 64 KiB.
   */
  readonly context: string | Uint8Array
}

/** With a key that the caller has: the shortest form, 73 bytes more than the value. */
export interface ValueKey extends ValueContext {
  /** 32 bytes, random. */
  readonly key: SecretKey
}

/** With a key of its own, for whoever one of the sources opens. */
export interface ValueKeys extends ValueContext {
  readonly keys: readonly KeySource[]
  /** Said by who seals to hardware only, and can do without the value when it is gone. */
  readonly unrecoverable?: true
}

/** As large as a value may be. */
const maxValueBytes: number = 1 << 26
/** Of the short form. */
const shortVersion = 1
const shortLabel = utf8('tresor-value/1\0')

/**
 * Seals a value of at most 64 MiB. An old one is as good as a new one to whoever opens it: what must not be turned back needs a version in its
 * context, or a vault.
 * @throws UsageError ERR_USAGE_OPTION
 * @example
 * const sealed = await seal(bytes, { keys: [teeKey(tee), recoveryKey('age1…')], context: 'shop/db/password@7' })
 */
export async function seal(value: Uint8Array, options: ValueKey | ValueKeys): Promise<Uint8Array> {
  expectBytes(value, [0, maxValueBytes], 'value')
  const aead = await loadAead()
  if ('key' in options) {
    const { key, context } = expectValueKey(options)
    const message = aead.sealMessage(key, concatBytes(shortLabel, context), crypto.randomBytes(saltBytes), value)
    return concatBytes(Uint8Array.of(shortVersion), message)
  }
  const { keys, context } = expectValueKeys(options)
  assertDurable(keys, options.unrecoverable === true)
  return collect(writeContainer(aead, { use: 'value', keys, context }, [value]))
}

/**
 * What `seal` sealed, with one of the same keys and the same context.
 * @throws SealError ERR_SEALED_FORMAT, ERR_SEALED_SUITE, ERR_SEALED_KEY, ERR_SEALED_NO_KEY, ERR_SEALED_AUTH, ERR_SEALED_TRUNCATED
 */
export async function unseal(sealed: Uint8Array, options: ValueKey | ValueKeys): Promise<Uint8Array> {
  expectBytes(sealed, [0, maxValueBytes + maxHeaderBytes + (1 << 20)], 'sealed')
  const aead = await loadAead()
  if ('key' in options) return unsealShort(aead, sealed, expectValueKey(options))
  const { keys, context } = expectValueKeys(options)
  const headerBytes = parsePrefix(sealed, 'value')
  const header = parseContainer(sealed.slice(0, headerBytes), 'value')
  const key = await openHeader(aead, header, keys)
  try {
    const message = sealed.slice(headerBytes)
    return await withDerivedKey(aead, key, 'content', (content) =>
      openMessage(aead, content, containerContext('value', header.id, context), message)
    )
  } finally {
    key.wipe()
  }
}

function unsealShort(aead: Aead, sealed: Uint8Array, { key, context }: CheckedKey): Uint8Array {
  if (sealed.length === 0 || sealed[0] !== shortVersion) {
    throw new SealError('ERR_SEALED_FORMAT', 'sealed value: expected version 1 of a value under one key')
  }
  return openMessage(aead, key, concatBytes(shortLabel, context), sealed.slice(1))
}

function openMessage(aead: Aead, key: SecretKey, context: Uint8Array, message: Uint8Array): Uint8Array {
  plaintextLength(message.length)
  const value = aead.openMessage(key, context, message)
  if (value === undefined) throw unauthentic('the value, its context')
  return value
}

interface CheckedKey {
  readonly key: SecretKey
  readonly context: Uint8Array
}

function expectValueKey(options: ValueKey): CheckedKey {
  expectOptions(options, ['key', 'context'], 'seal')
  return { key: expectSecretKey(options.key), context: expectContext(options.context) }
}

function expectValueKeys(options: ValueKeys): { readonly keys: readonly KeySource[]; readonly context: Uint8Array } {
  expectOptions(options, ['keys', 'context', 'unrecoverable'], 'seal')
  return { keys: expectSources(options.keys), context: expectContext(options.context) }
}

function expectContext(context: unknown): Uint8Array {
  const bytes = typeof context === 'string' ? utf8(context) : context
  if (bytes instanceof Uint8Array && bytes.length <= 65_000) return new Uint8Array(bytes)
  throw new UsageError('ERR_USAGE_OPTION', 'context: expected a string or bytes (Uint8Array), at most 65000 bytes')
}
