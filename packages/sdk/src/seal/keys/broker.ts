// A slot that a key broker opens for attested code: it wraps and unwraps, and decides by its own policy whom to answer.
import { expectBytes, expectFunction, expectString, SealError, UsageError } from '../../core/index.js'
import type { KeySource, Stanza, WrapContext } from './key-source.js'
import { copySecret } from './secret-bytes.js'
import { bindingOf, encodeParameters, keyBytes, malformed, maxBodyBytes, parseParameters, unopened } from './stanza.js'

/** The client of a broker, for one key that it keeps. It attests to the broker and talks to nothing else. */
export interface BrokerKeyClient {
  /** Which broker and key, for people and to know a slot by: 1 to 200 characters. */
  readonly name: string
  /** At most 4 KiB, for whatever is bound to `context`. @throws UnavailableError when the broker is away */
  wrap(key: Uint8Array, context: Uint8Array): Promise<Uint8Array>
  /** `undefined` where the broker says that it is not what it wrapped, or does not give it to this code. Fresh bytes, wiped by the caller. */
  unwrap(wrapped: Uint8Array, context: Uint8Array): Promise<Uint8Array | undefined>
}

const kind = 'broker'

/** @throws UsageError ERR_USAGE_OPTION */
export function brokerKey(client: BrokerKeyClient): KeySource {
  if (typeof client !== 'object' || client === null)
    throw new UsageError('ERR_USAGE_OPTION', 'client: expected an object')
  const name = expectString(client.name, 'client.name')
  if (name.length < 1 || name.length > 200) {
    throw new UsageError('ERR_USAGE_OPTION', 'client.name: expected 1 to 200 characters')
  }
  expectFunction(client.wrap, 'client.wrap')
  expectFunction(client.unwrap, 'client.unwrap')
  return {
    kind,
    survival: 'durable',
    wrap: (key, context) => wrap(client, name, key, context),
    unwrap: (stanza, context) => unwrap(client, name, stanza, context)
  }
}

async function wrap(client: BrokerKeyClient, name: string, key: Uint8Array, context: WrapContext): Promise<Stanza> {
  const parameters = encodeParameters({ name })
  const body = await client.wrap(key, bindingOf(kind, parameters, context))
  return { kind, parameters, body: expectBytes(body, [1, maxBodyBytes], 'answer of the broker').slice() }
}

async function unwrap(
  client: BrokerKeyClient,
  name: string,
  stanza: Stanza,
  context: WrapContext
): Promise<Uint8Array | undefined> {
  if (stanza.kind !== kind) return undefined
  const found = parseParameters(stanza, ['name']).get('name')
  if (typeof found !== 'string') throw malformed(kind, 'a name that is no text')
  if (found !== name) return undefined
  const key = await client.unwrap(stanza.body, bindingOf(kind, stanza.parameters, context))
  if (key === undefined) throw unopened(kind, 'the broker does not open it for this code')
  return expectKey(key)
}

/** What a stranger's code gives for a key. @throws SealError ERR_SEALED_KEY */
export function expectKey(key: Uint8Array): Uint8Array {
  if (!(key instanceof Uint8Array) || key.length !== keyBytes) {
    throw new SealError('ERR_SEALED_KEY', `key source: expected a key of ${keyBytes} bytes`)
  }
  try {
    return copySecret(key)
  } finally {
    key.fill(0)
  }
}
