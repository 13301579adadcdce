// How a slot gets the key of an epoch without its source being asked. The source wraps 32 random bytes, once. From them come an X25519 pair,
// whose public half stands in the keyring, and a second secret, which the keyring holds under the newest key. Whoever has opened the keyring
// can give every slot the next epoch's key, sealed to its public half and its second secret together:
// - a slot that was removed knows the second secrets of the others but no private half, so it opens nothing new;
// - whoever only has the disk knows no second secret, so that breaking X25519 alone, one day, opens nothing either.
import { secretCrypto } from '#crypto/secret'
import { concatBytes, lengthPrefixed, utf8 } from '../../core/index.js'
import type { LockedMemory } from '../../native/index.js'
import { withSecret } from '../keys/secret-bytes.js'
import { keyBytes } from '../keys/stanza.js'
import { openWith, publicKeyOf, sealTo } from '../keys/x25519.js'

const nothing = new Uint8Array(0)
const label = 'share of a slot'

/** Which share: of which slot of which store, in which epoch. */
export interface ShareName {
  readonly storeId: Uint8Array
  readonly slotId: Uint8Array
  readonly epoch: number
}

export async function slotPublicKey(seed: Uint8Array): Promise<Uint8Array> {
  return withSecret(await identityOf(seed), publicKeyOf)
}

/** The caller wipes it. */
export async function slotSecondSecret(seed: Uint8Array): Promise<Uint8Array> {
  return secretCrypto.hkdf('sha512', seed, nothing, utf8('tresor-seal/1 second secret of a slot'), keyBytes)
}

export async function sealShare(
  slot: { readonly publicKey: Uint8Array; readonly second: Uint8Array },
  key: LockedMemory,
  name: ShareName
): Promise<Uint8Array> {
  const envelope = { label, binding: bind(name), shared: slot.second }
  return withSecret(key.read(), (secret) => sealTo(slot.publicKey, secret, envelope))
}

/** `undefined` where it was changed. The caller wipes the result. */
export async function openShare(seed: Uint8Array, share: Uint8Array, name: ShareName): Promise<Uint8Array | undefined> {
  const second = await slotSecondSecret(seed)
  return withSecret(second, async (shared) => {
    const envelope = { label, binding: bind(name), shared }
    return withSecret(await identityOf(seed), (identity) => openWith(identity, share, envelope, keyBytes))
  })
}

async function identityOf(seed: Uint8Array): Promise<Uint8Array> {
  return secretCrypto.hkdf('sha512', seed, nothing, utf8('tresor-seal/1 identity of a slot'), keyBytes)
}

function bind({ storeId, slotId, epoch }: ShareName): Uint8Array {
  const number = new Uint8Array(4)
  new DataView(number.buffer).setUint32(0, epoch)
  return concatBytes(...[utf8('share'), storeId, slotId, number].map(lengthPrefixed))
}
