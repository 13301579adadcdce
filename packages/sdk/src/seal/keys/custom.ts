// A slot of the caller's own making: a cloud's KMS, a smart card, an HSM.
import { expectBytes, expectFunction, expectOneOf, expectOptions, UsageError } from '../../core/index.js'
import { expectKey } from './broker.js'
import type { KeySource, Stanza, WrapContext } from './key-source.js'
import {
  bindingOf,
  encodeParameters,
  kindPattern,
  malformed,
  maxBodyBytes,
  parseParameters,
  unopened
} from './stanza.js'

export interface CustomKeyOptions {
  /** 1 to 57 characters of a-z, 0-9, `-`: the kind of the slot is `custom-` and this. */
  readonly name: string
  /** Whether it is lost with this machine (`hardware`) or only by its owner. */
  readonly survival: 'hardware' | 'durable'
  /**
   * Encrypts the 32 bytes `key` and authenticates `context` with them; at most 4 KiB. Leaves `key` as it is.
   */
  wrap(key: Uint8Array, context: Uint8Array): Promise<Uint8Array>
  /** The key, in fresh bytes; `undefined` where it does not open. */
  unwrap(wrapped: Uint8Array, context: Uint8Array): Promise<Uint8Array | undefined>
}

const parameters = encodeParameters({})

/** @throws UsageError ERR_USAGE_OPTION */
export function customKey(options: CustomKeyOptions): KeySource {
  const { name, survival, wrap, unwrap } = expectOptions(options, ['name', 'survival', 'wrap', 'unwrap'], 'customKey')
  const kind = `custom-${name}`
  if (typeof name !== 'string' || name === '' || !kindPattern.test(kind)) {
    throw new UsageError('ERR_USAGE_OPTION', 'name: expected 1 to 57 characters of a-z, 0-9 and -')
  }
  expectOneOf(survival, ['hardware', 'durable'], 'survival')
  expectFunction(wrap, 'wrap')
  expectFunction(unwrap, 'unwrap')
  return {
    kind,
    survival,
    wrap: async (key, context) => {
      const body = expectBytes(await wrap(key, bindingOf(kind, parameters, context)), [1, maxBodyBytes], 'wrapped key')
      return { kind, parameters, body: body.slice() }
    },
    unwrap: (stanza, context) => open(kind, unwrap, stanza, context)
  }
}

async function open(
  kind: string,
  unwrap: CustomKeyOptions['unwrap'],
  stanza: Stanza,
  context: WrapContext
): Promise<Uint8Array | undefined> {
  if (stanza.kind !== kind) return undefined
  if (parseParameters(stanza, []).size !== 0) throw malformed(kind, 'parameters')
  const key = await unwrap(stanza.body, bindingOf(kind, stanza.parameters, context))
  if (key === undefined) throw unopened(kind, 'it was changed, or is of another key')
  return expectKey(key)
}
