// Recipients and identities in the forms that callers give: text of age's own kinds, or objects.
import { UsageError } from '../../../core/index.js'
import { hybridIdentity, hybridIdentityPrefix, hybridRecipient, hybridRecipientPrefix } from './hybrid.js'
import type { AgeIdentity, AgeRecipient } from './stanza.js'
import { x25519Identity, x25519Recipient } from './x25519.js'

const maxKeys = 256

/**
 * At least one, and none that is not to be together with another.
 * @throws UsageError ERR_USAGE_OPTION
 */
export function expectRecipients(values: readonly (string | AgeRecipient)[]): readonly AgeRecipient[] {
  const recipients = expectList(values, 'recipients').map(recipientOf)
  const [first, ...others] = recipients.map(({ labels = [] }) => [...labels].sort().join('\n'))
  if (others.some((labels) => labels !== first)) {
    throw new UsageError(
      'ERR_USAGE_OPTION',
      'recipients: a passphrase stands alone, and hybrid recipients only with their like'
    )
  }
  return recipients
}

/** @throws UsageError ERR_USAGE_OPTION */
export function expectIdentities(values: readonly (string | AgeIdentity)[]): readonly AgeIdentity[] {
  return expectList(values, 'identities').map(identityOf)
}

function expectList<T>(values: readonly T[], name: string): readonly T[] {
  if (!Array.isArray(values) || values.length === 0 || values.length > maxKeys) {
    throw new UsageError('ERR_USAGE_OPTION', `${name}: expected an array of 1 to ${maxKeys}`)
  }
  return values
}

/** A plugin's name in a key is never looked for on this machine: whoever gave the key would choose the program that runs. */
function recipientOf(value: string | AgeRecipient): AgeRecipient {
  if (typeof value === 'string') {
    if (value.startsWith(hybridRecipientPrefix)) return hybridRecipient(value)
    if (/^age1[^1]+1/.test(value))
      throw new UsageError('ERR_USAGE_OPTION', 'recipients: recipients of plugins are not supported')
    return x25519Recipient(value)
  }
  if (typeof value?.wrap === 'function') return value
  throw new UsageError('ERR_USAGE_OPTION', "recipients: expected 'age1…', agePassphrase(…) or ageKeySource(…)")
}

function identityOf(value: string | AgeIdentity): AgeIdentity {
  if (typeof value === 'string') {
    if (value.startsWith(hybridIdentityPrefix)) return hybridIdentity(value)
    if (value.startsWith('AGE-PLUGIN-'))
      throw new UsageError('ERR_USAGE_OPTION', 'identities: identities of plugins are not supported')
    return x25519Identity(value)
  }
  if (typeof value?.unwrap === 'function') return value
  throw new UsageError(
    'ERR_USAGE_OPTION',
    "identities: expected 'AGE-SECRET-KEY-1…', agePassphrase(…) or ageKeySource(…)"
  )
}
