// What createKeyring and openKeyring take, checked once.
import { expectBoolean, expectBytes, expectFunction, expectOneOf, expectOptions, UsageError } from '../../core/index.js'
import type { KeySource } from '../keys/key-source.js'
import { expectOwnerKey } from '../keys/owner-key.js'
import { kindPattern } from '../keys/stanza.js'
import type { CreateKeyringOptions, OpenKeyringOptions, SuiteName } from './keyring.js'
import { maxSlots } from './record.js'

/** How bytes name a suite. */
const suiteNumbers: Readonly<Record<SuiteName, number>> = { 'cobblestone-256': 1 }

export interface CheckedOptions {
  readonly storeId: Uint8Array
  readonly suite: number
  readonly keys: readonly KeySource[]
}

export function expectOpenOptions(options: OpenKeyringOptions): CheckedOptions {
  expectOptions(options, ['storeId', 'suite', 'keys'], 'openKeyring')
  return expectCommon(options)
}

export function expectCreateOptions(
  options: CreateKeyringOptions
): CheckedOptions & { readonly isUnrecoverable: boolean; readonly ownerKey: Uint8Array } {
  expectOptions(options, ['storeId', 'suite', 'keys', 'unrecoverable', 'ownerKey'], 'createKeyring')
  const common = expectCommon(options)
  const isUnrecoverable = expectBoolean(options.unrecoverable ?? false, 'unrecoverable')
  if (!isUnrecoverable && !common.keys.some(({ survival }) => survival === 'durable')) {
    throw new UsageError(
      'ERR_USAGE_OPTION',
      'keys: all of them are lost with the hardware; add a recovery key, or say unrecoverable: true',
      { details: { field: 'keys' } }
    )
  }
  const ownerKey = options.ownerKey === undefined ? new Uint8Array(0) : expectOwnerKey(options.ownerKey)
  return { ...common, isUnrecoverable, ownerKey }
}

function expectCommon({ storeId, suite, keys }: OpenKeyringOptions): CheckedOptions {
  if (!Array.isArray(keys) || keys.length < 1 || keys.length > maxSlots) {
    throw new UsageError('ERR_USAGE_OPTION', `keys: expected 1 to ${maxSlots} key sources`, {
      details: { field: 'keys' }
    })
  }
  return {
    storeId: new Uint8Array(expectBytes(storeId, 16, 'storeId')),
    suite: suiteNumbers[expectOneOf(suite, ['cobblestone-256'], 'suite')],
    keys: keys.map(expectSource)
  }
}

/** @throws UsageError ERR_USAGE_OPTION */
export function expectSource(source: KeySource): KeySource {
  if (typeof source !== 'object' || source === null || !kindPattern.test(String(source.kind))) {
    throw new UsageError('ERR_USAGE_OPTION', 'keys: expected key sources', { details: { field: 'keys' } })
  }
  expectOneOf(source.survival, ['hardware', 'durable'], 'survival')
  expectFunction(source.wrap, 'wrap')
  expectFunction(source.unwrap, 'unwrap')
  return source
}
