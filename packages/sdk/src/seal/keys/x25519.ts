// A secret for the holder of an X25519 key (RFC 7748), as in age: an ephemeral key, HKDF over the shared secret and both public keys.
import { secretCrypto } from '#crypto/secret'
import { concatBytes, UsageError, utf8 } from '../../core/index.js'
import { joinSecrets, randomSecret, withSecret } from './secret-bytes.js'
import { unwrapSecret, wrappedLength, wrapSecret } from './wrap-secret.js'

const pointBytes = 32

/** What both ends feed into the key. */
export interface Envelope {
  /** Names the use: one key never serves two. */
  readonly label: string
  readonly binding: Uint8Array
  /** A further secret that both ends have. */
  readonly shared?: Uint8Array
}

export function envelopeLength(secretBytes: number): number {
  return pointBytes + wrappedLength(secretBytes)
}

/** @throws UsageError ERR_USAGE_OPTION for a recipient of low order */
export async function sealTo(recipient: Uint8Array, secret: Uint8Array, envelope: Envelope): Promise<Uint8Array> {
  return withSecret(randomSecret(pointBytes), async (ephemeral) => {
    const sender = await publicKeyOf(ephemeral)
    const key = await agree(ephemeral, recipient, concatBytes(sender, recipient), envelope)
    if (key === undefined) throw new UsageError('ERR_USAGE_OPTION', 'recipient: a point of low order protects nothing')
    return withSecret(key, async () => concatBytes(sender, await wrapSecret(key, secret, envelope.binding)))
  })
}

/** `undefined` for another identity, or for what was changed. The caller wipes the result. */
export async function openWith(
  identity: Uint8Array,
  sealed: Uint8Array,
  envelope: Envelope,
  secretBytes: number
): Promise<Uint8Array | undefined> {
  if (sealed.length !== envelopeLength(secretBytes)) return undefined
  const sender = sealed.slice(0, pointBytes)
  const key = await agree(identity, sender, concatBytes(sender, await publicKeyOf(identity)), envelope)
  if (key === undefined) return undefined
  return withSecret(key, () => unwrapSecret(key, sealed.slice(pointBytes), envelope.binding, secretBytes))
}

export async function publicKeyOf(identity: Uint8Array): Promise<Uint8Array> {
  const basePoint = new Uint8Array(pointBytes)
  basePoint[0] = 9
  const point = await secretCrypto.deriveX25519(identity, basePoint)
  if (point === undefined) throw new UsageError('ERR_USAGE_OPTION', 'identity: expected an X25519 secret key')
  return point
}

async function agree(
  own: Uint8Array,
  other: Uint8Array,
  salt: Uint8Array,
  { label, shared = new Uint8Array(0) }: Envelope
): Promise<Uint8Array | undefined> {
  return withSecret(await secretCrypto.deriveX25519(own, other), (point) => {
    if (point === undefined) return undefined
    const info = utf8(`tresor-seal/1 ${label}`)
    return withSecret(joinSecrets(point, shared), async (input) => secretCrypto.hkdf('sha512', input, salt, info, 32))
  })
}
