// X25519 keys as age writes them (c2sp.org/age, native X25519 recipients): bech32 of the raw key, `age1…` and `AGE-SECRET-KEY-1…`.
import { bech32 } from '@scure/base'
import { UsageError } from '../../core/index.js'
import { copySecret } from './secret-bytes.js'

const recipientPrefix = 'age'
const identityPrefix = 'AGE-SECRET-KEY-'

export function encodeRecipient(publicKey: Uint8Array): string {
  return bech32.encodeFromBytes(recipientPrefix, publicKey)
}

/** The text is the secret: for the owner to keep, never for a log. */
export function encodeIdentity(secretKey: Uint8Array): string {
  return bech32.encodeFromBytes(identityPrefix.toLowerCase(), secretKey).toUpperCase()
}

/** @throws UsageError ERR_USAGE_OPTION */
export function decodeRecipient(text: string): Uint8Array {
  return decode(text, recipientPrefix, "an age recipient, 'age1…'")
}

/** The caller wipes it. @throws UsageError ERR_USAGE_OPTION, without the text */
export function decodeIdentity(text: string): Uint8Array {
  return decode(text, identityPrefix, "an age identity, 'AGE-SECRET-KEY-1…'")
}

const maxTextLength = 90

/** Exactly one form is accepted: age's, in its own case. */
function decode(text: string, prefix: string, expected: string): Uint8Array {
  const wanted = typeof text === 'string' && text.length <= maxTextLength && text.startsWith(`${prefix}1`)
  const decoded = wanted ? bech32.decodeUnsafe(text) : undefined
  const bytes = decoded === undefined ? undefined : bech32.fromWordsUnsafe(decoded.words)
  if (decoded?.prefix.toLowerCase() !== prefix.toLowerCase() || !(bytes instanceof Uint8Array) || bytes.length !== 32) {
    throw new UsageError('ERR_USAGE_OPTION', `key: expected ${expected}`)
  }
  try {
    return copySecret(bytes)
  } finally {
    bytes.fill(0)
  }
}
