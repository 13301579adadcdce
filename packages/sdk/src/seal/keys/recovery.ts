// A slot for an X25519 key that its owner keeps elsewhere, in the form of age's keys: the store can be made without the secret being there.
import { equalBytes, expectString } from '../../core/index.js'
import { decodeIdentity, decodeRecipient, encodeIdentity, encodeRecipient } from './age-key.js'
import type { KeySource, Stanza, WrapContext } from './key-source.js'
import { copySecret, randomSecret, withSecret } from './secret-bytes.js'
import { bindingOf, encodeParameters, expectBytesIn, keyBytes, parseParameters, unopened } from './stanza.js'
import { openWith, publicKeyOf, sealTo } from './x25519.js'

const kind = 'recovery'
const label = 'recovery slot'

export interface RecoveryKey {
  /** `age1…`: goes to `recoveryKey`, and may be known to everybody. */
  readonly recipient: string
  /** `AGE-SECRET-KEY-1…`: goes to a safe place, and to `recoveryIdentity` on the day. */
  readonly identity: string
}

/** A new pair, as `age-keygen` makes it. */
export async function createRecoveryKey(): Promise<RecoveryKey> {
  return withSecret(randomSecret(keyBytes), async (secret) => ({
    recipient: encodeRecipient(await publicKeyOf(secret)),
    identity: encodeIdentity(secret)
  }))
}

/**
 * Wraps for the owner of `recipient`; opens nothing.
 * @throws UsageError ERR_USAGE_OPTION
 */
export function recoveryKey(recipient: string): KeySource {
  const publicKey = decodeRecipient(expectString(recipient, 'recipient'))
  return {
    kind,
    survival: 'durable',
    wrap: (key, context) => wrap(publicKey, key, context),
    unwrap: async () => undefined
  }
}

/**
 * Opens what `recoveryKey` wrapped. It does not prove who wrote it: everybody can wrap for a public key.
 * @throws UsageError ERR_USAGE_OPTION
 */
export function recoveryIdentity(identity: string): KeySource {
  const secret = copySecret(decodeIdentity(expectString(identity, 'identity')))
  return {
    kind,
    survival: 'durable',
    wrap: async (key, context) => wrap(await publicKeyOf(secret), key, context),
    unwrap: (stanza, context) => unwrap(secret, stanza, context)
  }
}

async function wrap(recipient: Uint8Array, key: Uint8Array, context: WrapContext): Promise<Stanza> {
  const parameters = encodeParameters({ recipient })
  const body = await sealTo(recipient, key, { label, binding: bindingOf(kind, parameters, context) })
  return { kind, parameters, body }
}

async function unwrap(identity: Uint8Array, stanza: Stanza, context: WrapContext): Promise<Uint8Array | undefined> {
  if (stanza.kind !== kind) return undefined
  const recipient = expectBytesIn(stanza, parseParameters(stanza, ['recipient']).get('recipient'), keyBytes)
  if (!equalBytes(recipient, await publicKeyOf(identity))) return undefined
  const binding = bindingOf(kind, stanza.parameters, context)
  const key = await openWith(identity, stanza.body, { label, binding }, keyBytes)
  if (key === undefined) throw unopened(kind, 'it is for this identity and was changed')
  return key
}
