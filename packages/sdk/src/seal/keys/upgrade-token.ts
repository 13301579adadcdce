// An upgrade token: the owner of a store says to which key of which next image its keys may be handed.
//
// "TRSRTOK1" ‖ u16 length ‖ payload ‖ signature to the end. The payload is deterministic CBOR: { store: 16 bytes, recipient: 32 bytes,
// commitment: 32 bytes, image: text }. Signed is "tresor-seal/1 upgrade token\0" ‖ payload.
import {
  concatBytes,
  EvidenceError,
  equalBytes,
  expectBytes,
  expectFunction,
  expectOptions,
  expectString,
  SealError,
  UsageError,
  utf8
} from '../../core/index.js'
import { encodeCbor } from '../../encoding/cbor-encode.js'
import { type CborValue, isCborMap, parseCbor } from '../../encoding/index.js'
import { isSignedByOwner } from './owner-key.js'

export interface UpgradeToken {
  /** 16 bytes: the store. */
  readonly storeId: Uint8Array
  /** X25519 public key that the next image made, as its evidence proves (`createHandoffRequest`). */
  readonly recipient: Uint8Array
  /** `commitment` of the keyring that is handed over, as the evidence of the old image proves: no other store can be put in its place. */
  readonly commitment: Uint8Array
  /** Which image, for people: a measurement or a version. 1 to 200 characters. */
  readonly image: string
}

export const maxTokenBytes = 1024

const magic = utf8('TRSRTOK1')
const label = utf8('tresor-seal/1 upgrade token\0')
const headBytes = magic.length + 2
const limits = { maxBytes: maxTokenBytes, maxDepth: 2, maxItems: 16, requireSortedKeys: true } as const

/**
 * For the owner. `sign` gets the bytes to sign and answers 64 bytes for Ed25519, or r ‖ s for ECDSA.
 * @throws UsageError ERR_USAGE_OPTION
 */
export async function createUpgradeToken(
  token: UpgradeToken,
  sign: (message: Uint8Array) => Uint8Array | Promise<Uint8Array>
): Promise<Uint8Array> {
  expectOptions(token, ['storeId', 'recipient', 'commitment', 'image'], 'upgrade token')
  expectFunction(sign, 'sign')
  const payload = encodePayload(token)
  const signature = expectBytes(await sign(concatBytes(label, payload)), [64, 96], 'signature')
  return concatBytes(magic, Uint8Array.of(payload.length >> 8, payload.length & 255), payload, signature)
}

function encodePayload({ storeId, recipient, commitment, image }: UpgradeToken): Uint8Array {
  const length = expectString(image, 'image').length
  if (length < 1 || length > 200) throw new UsageError('ERR_USAGE_OPTION', 'image: expected 1 to 200 characters')
  const fields: readonly (readonly [string, CborValue])[] = [
    ['store', expectBytes(storeId, 16, 'storeId')],
    ['recipient', expectBytes(recipient, 32, 'recipient')],
    ['commitment', expectBytes(commitment, 32, 'commitment')],
    ['image', image]
  ]
  return encodeCbor(new Map(fields))
}

/**
 * What the owner signed for this store.
 * @throws SealError ERR_SEALED_TOKEN
 */
export function verifyUpgradeToken(token: Uint8Array, ownerKey: Uint8Array, storeId: Uint8Array): UpgradeToken {
  const { payload, signature } = splitToken(token)
  if (!isSignedByOwner(ownerKey, concatBytes(label, payload), signature)) throw refused('the owner has not signed it')
  const parsed = parsePayload(payload)
  if (!equalBytes(parsed.storeId, storeId)) throw refused('it is for another store')
  return parsed
}

function splitToken(token: Uint8Array): { readonly payload: Uint8Array; readonly signature: Uint8Array } {
  const isToken = token instanceof Uint8Array && token.length > headBytes && token.length <= maxTokenBytes
  if (!isToken || !equalBytes(token.subarray(0, magic.length), magic)) throw refused('it is none')
  const bytes = new Uint8Array(token)
  const end = headBytes + new DataView(bytes.buffer).getUint16(magic.length)
  if (end > bytes.length) throw refused('it ends too early')
  return { payload: bytes.slice(headBytes, end), signature: bytes.slice(end) }
}

function parsePayload(payload: Uint8Array): UpgradeToken {
  const map = readMap(payload)
  const [storeId, recipient, commitment] = [map.get('store'), map.get('recipient'), map.get('commitment')]
  const image = map.get('image')
  if (map.size !== 4 || !isBytes(storeId, 16) || !isBytes(recipient, 32) || !isBytes(commitment, 32)) {
    throw refused('its fields are not those of a token')
  }
  if (typeof image !== 'string' || image.length < 1 || image.length > 200) throw refused('it names no image')
  return { storeId, recipient, commitment, image }
}

function readMap(payload: Uint8Array): ReadonlyMap<unknown, CborValue> {
  try {
    const value = parseCbor(payload, 'upgrade token', limits)
    if (isCborMap(value)) return value
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error
    throw refused(error.message)
  }
  throw refused('its payload is no map')
}

function isBytes(value: CborValue | undefined, length: number): value is Uint8Array {
  return value instanceof Uint8Array && value.length === length
}

export function refused(reason: string): SealError {
  return new SealError('ERR_SEALED_TOKEN', `upgrade token: ${reason}`)
}
