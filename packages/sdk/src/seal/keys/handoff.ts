// A slot for the next image, made by the old one because the owner's upgrade token says so. SNP gives a key to an image only once it runs, so
// the next image runs once beforehand, derives an X25519 key from its own measurement and the store, and proves with evidence that the public
// half is its own. The secret half is derived anew whenever it is needed: nothing has to be kept.
import { concatBytes, equalBytes, expectBytes, UsageError } from '../../core/index.js'
import type { KeySource, Stanza, WrapContext } from './key-source.js'
import { expectOwnerKey } from './owner-key.js'
import { withSecret } from './secret-bytes.js'
import { bindingOf, encodeParameters, expectBytesIn, keyBytes, parseParameters, unopened } from './stanza.js'
import { deriveKek } from './tee.js'
import { type Derivation, expectDerivation, type KeyDerivingTee, type TeeKeyOptions } from './tee-derivation.js'
import { maxTokenBytes, type UpgradeToken, verifyUpgradeToken } from './upgrade-token.js'
import { openWith, publicKeyOf, sealTo } from './x25519.js'

export const handoffKind = 'handoff'

const label = 'handoff slot'

export type HandoffTeeOptions = Pick<TeeKeyOptions, 'minSvn' | 'minTcb' | 'vmpl' | 'allowSimulator'>

export interface HandoffKeyOptions extends HandoffTeeOptions {
  /** Public key (DER SubjectPublicKeyInfo) of who may sign upgrade tokens. Part of the image, never read from the store. */
  readonly ownerKey: Uint8Array
}

/**
 * In the next image: the X25519 public key to which this image, on this chip, takes the keys of that store. Put it into evidence
 * (`attest` with `claims`), so that the owner knows whose it is before they sign a token for it.
 *
 * @throws UsageError ERR_USAGE_OPTION
 * @throws PolicyError ERR_POLICY_SIMULATOR
 */
export async function createHandoffRequest(
  tee: KeyDerivingTee | { readonly provider: KeyDerivingTee },
  storeId: Uint8Array,
  options: HandoffTeeOptions = {}
): Promise<Uint8Array> {
  const id = expectBytes(storeId, 16, 'storeId')
  return withIdentity(expectDerivation(tee, options), id, publicKeyOf)
}

/**
 * In the next image: opens the slot that the old one made for it. With the same options as the request. Afterwards add a slot of this image's
 * own (`teeKey`), and remove this one and that of the old image.
 *
 * @throws UsageError ERR_USAGE_OPTION
 * @throws PolicyError ERR_POLICY_SIMULATOR
 */
export function handoffKey(
  tee: KeyDerivingTee | { readonly provider: KeyDerivingTee },
  options: HandoffKeyOptions
): KeySource {
  const { ownerKey, ...teeOptions } = options
  const owner = expectOwnerKey(ownerKey)
  const derivation = expectDerivation(tee, teeOptions)
  return {
    kind: handoffKind,
    survival: 'hardware',
    wrap: async () => {
      throw new UsageError('ERR_USAGE_OPTION', 'handoffKey: only opens; keyring.handoff makes its slot')
    },
    unwrap: (stanza, context) => unwrap(derivation, owner, stanza, context)
  }
}

/** In the old image, for a token that has been verified. */
export function recipientKey(token: Uint8Array, { recipient }: UpgradeToken): KeySource {
  return {
    kind: handoffKind,
    survival: 'hardware',
    wrap: async (key, context) => {
      const parameters = encodeParameters({ token })
      const body = await sealTo(recipient, key, { label, binding: bindingOf(handoffKind, parameters, context) })
      return { kind: handoffKind, parameters, body }
    },
    unwrap: async () => undefined
  }
}

/** The token in a slot. @throws SealError ERR_SEALED_FORMAT */
export function tokenOf(stanza: Stanza): Uint8Array {
  return expectBytesIn(stanza, parseParameters(stanza, ['token']).get('token'), [1, maxTokenBytes])
}

async function unwrap(
  derivation: Derivation,
  owner: Uint8Array,
  stanza: Stanza,
  context: WrapContext
): Promise<Uint8Array | undefined> {
  if (stanza.kind !== handoffKind) return undefined
  const { recipient } = verifyUpgradeToken(tokenOf(stanza), owner, context.storeId)
  return withIdentity(derivation, context.storeId, async (identity) => {
    if (!equalBytes(await publicKeyOf(identity), recipient)) return undefined
    const binding = bindingOf(handoffKind, stanza.parameters, context)
    const key = await openWith(identity, stanza.body, { label, binding }, keyBytes)
    if (key === undefined) throw unopened(handoffKind, 'it is for this image and was changed')
    return key
  })
}

/** Depends on everything that the key of an `exact` slot depends on, and on the store. */
async function withIdentity<T>(
  derivation: Derivation,
  storeId: Uint8Array,
  use: (identity: Uint8Array) => Promise<T>
): Promise<T> {
  const kek = await deriveKek(derivation, 'handoff identity', concatBytes(storeId))
  try {
    return await withSecret(kek.read(), use)
  } finally {
    kek.wipe()
  }
}
