// Encryption to a public key without a sender: ephemeral public key (32) ‖ nonce (24) ‖ box, where box is NaCl crypto_box
// (X25519, HSalsa20, XSalsa20-Poly1305: tag of 16 bytes, then the ciphertext) from the ephemeral key to the recipient. It hides
// and protects the content; it does not say who sent it.
import { concatBytes, expectBytes, UnavailableError, UsageError } from '../core/index.js'
import { loadPart } from './load-part.js'
import type { SecretCryptoDoor, X25519KeyPair } from './secret-door.js'

const keyBytes = 32
const nonceBytes = 24
const tagBytes = 16
const headBytes = keyBytes + nonceBytes

/** What a door has of its own. */
interface Primitives {
  readonly deriveX25519: SecretCryptoDoor['deriveX25519']
  readonly randomBytes: (length: number) => Uint8Array
}

/** The part of a secret door that is the same everywhere. */
export function createSealedBox(
  primitives: Primitives
): Pick<SecretCryptoDoor, 'createX25519KeyPair' | 'sealBox' | 'openBox'> {
  return {
    createX25519KeyPair: () => createKeyPair(primitives),
    sealBox: (publicKey, plaintext) => seal(primitives, publicKey, plaintext),
    openBox: (secretKey, box) => open(primitives, secretKey, box)
  }
}

async function createKeyPair({ deriveX25519, randomBytes }: Primitives): Promise<X25519KeyPair> {
  const secretKey = randomBytes(keyBytes)
  const basePoint = new Uint8Array(keyBytes)
  basePoint[0] = 9
  const publicKey = await deriveX25519(secretKey, basePoint)
  if (publicKey === undefined) throw new UnavailableError('ERR_CRYPTO_UNSUPPORTED', 'X25519 is broken here')
  return { publicKey, secretKey }
}

async function seal(primitives: Primitives, publicKey: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array> {
  expectBytes(publicKey, keyBytes, 'publicKey')
  const ephemeral = await createKeyPair(primitives)
  try {
    if (!(await isHighOrder(primitives, ephemeral.secretKey, publicKey))) throw lowOrder()
    const nonce = primitives.randomBytes(nonceBytes)
    const box = await withSharedKey(publicKey, ephemeral.secretKey, (nacl, key) =>
      nacl.box.after(plaintext, nonce, key)
    )
    return concatBytes(ephemeral.publicKey, nonce, box)
  } finally {
    ephemeral.secretKey.fill(0)
  }
}

async function open(
  primitives: Primitives,
  secretKey: Uint8Array,
  message: Uint8Array
): Promise<Uint8Array | undefined> {
  expectBytes(secretKey, keyBytes, 'secretKey')
  if (message.length < headBytes + tagBytes) return undefined
  const sender = message.slice(0, keyBytes)
  const nonce = message.subarray(keyBytes, headBytes)
  if (!(await isHighOrder(primitives, secretKey, sender))) return undefined
  return withSharedKey(
    sender,
    secretKey,
    (nacl, key) => nacl.box.open.after(message.subarray(headBytes), nonce, key) ?? undefined
  )
}

/** NaCl itself takes a key of low order, and encrypts under a key that everybody knows. */
async function isHighOrder(
  { deriveX25519 }: Primitives,
  secretKey: Uint8Array,
  publicKey: Uint8Array
): Promise<boolean> {
  const shared = await deriveX25519(secretKey, publicKey)
  shared?.fill(0)
  return shared !== undefined
}

function lowOrder(): UsageError {
  return new UsageError('ERR_USAGE_OPTION', 'publicKey: a point of low order protects nothing', {
    details: { field: 'publicKey' }
  })
}

type Nacl = typeof import('tweetnacl')

async function withSharedKey<T>(
  publicKey: Uint8Array,
  secretKey: Uint8Array,
  use: (nacl: Nacl, key: Uint8Array) => T
): Promise<T> {
  const { default: nacl } = await loadPart(() => import('tweetnacl'))
  const key = nacl.box.before(publicKey, secretKey)
  try {
    return use(nacl, key)
  } finally {
    key.fill(0)
  }
}
