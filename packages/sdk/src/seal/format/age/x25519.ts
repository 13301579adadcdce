// The X25519 recipient type (c2sp.org/age).
import { secretCrypto } from '#crypto/secret'
import { concatBytes, UsageError, utf8 } from '../../../core/index.js'
import { decodeIdentity, decodeRecipient } from '../../keys/age-key.js'
import { randomSecret, withSecret } from '../../keys/secret-bytes.js'
import { publicKeyOf } from '../../keys/x25519.js'
import { decodeRawOf, encodeRaw } from './base64.js'
import { malformed } from './failures.js'
import type { AgeIdentity, AgeRecipient, AgeStanza } from './stanza.js'
import { assertWrapped, unwrapFileKey, wrapFileKey } from './wrap-key.js'

const type = 'X25519'
const info = utf8('age-encryption.org/v1/X25519')

/** @throws UsageError ERR_USAGE_OPTION */
export function x25519Recipient(text: string): AgeRecipient {
  const recipient = decodeRecipient(text)
  return { wrap: async (fileKey) => [await wrap(recipient, fileKey)] }
}

/** @throws UsageError ERR_USAGE_OPTION */
export function x25519Identity(text: string): AgeIdentity {
  const secret = decodeIdentity(text)
  return { unwrap: (stanzas) => unwrap(secret, stanzas) }
}

async function wrap(recipient: Uint8Array, fileKey: Uint8Array): Promise<AgeStanza> {
  return withSecret(randomSecret(32), async (ephemeral) => {
    const share = await publicKeyOf(ephemeral)
    const point = await secretCrypto.deriveX25519(ephemeral, recipient)
    if (point === undefined)
      throw new UsageError('ERR_USAGE_OPTION', 'recipient: a point of low order protects nothing')
    const wrapKey = await wrapKeyOf(point, share, recipient)
    return withSecret(wrapKey, (key) => ({ args: [type, encodeRaw(share)], body: wrapFileKey(key, fileKey) }))
  })
}

async function unwrap(secret: Uint8Array, stanzas: readonly AgeStanza[]): Promise<Uint8Array | undefined> {
  const recipient = await publicKeyOf(secret)
  for (const { args, body } of stanzas) {
    if (args[0] !== type) continue
    if (args.length !== 2) throw malformed('X25519 stanza: expected one argument')
    const share = decodeRawOf(args[1] ?? '', 32, 'share of an X25519 stanza')
    assertWrapped(body)
    const point = await secretCrypto.deriveX25519(secret, share)
    if (point === undefined) throw malformed('X25519 stanza: a share of low order')
    const fileKey = await withSecret(await wrapKeyOf(point, share, recipient), (key) => unwrapFileKey(key, body))
    if (fileKey !== undefined) return fileKey
  }
  return undefined
}

/** Wipes `point`. */
async function wrapKeyOf(point: Uint8Array, share: Uint8Array, recipient: Uint8Array): Promise<Uint8Array> {
  return withSecret(point, async (shared) =>
    secretCrypto.hkdf('sha256', shared, concatBytes(share, recipient), info, 32)
  )
}
