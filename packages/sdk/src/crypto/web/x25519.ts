// X25519 (RFC 7748) on WebCrypto (Secure Curves in the Web Cryptography API). Private keys enter as PKCS#8 (RFC 8410 §7).
import { concatBytes, fromHex, isZero } from '../../core/index.js'
import { plain } from './subtle.js'

const pkcs8Head = '302e020100300506032b656e04220420'

/** `undefined` for a public key of low order. */
export async function deriveWithSubtle(
  subtle: SubtleCrypto,
  secretKey: Uint8Array,
  publicKey: Uint8Array
): Promise<Uint8Array | undefined> {
  const pkcs8 = concatBytes(fromHex(pkcs8Head), secretKey)
  try {
    const ours = await subtle.importKey('pkcs8', plain(pkcs8), 'X25519', false, ['deriveBits'])
    const theirs = await subtle.importKey('raw', plain(publicKey), 'X25519', false, [])
    const shared = new Uint8Array(await subtle.deriveBits({ name: 'X25519', public: theirs }, ours, 256))
    return isZero(shared) ? undefined : shared
  } catch (error) {
    if (error instanceof Error && error.name === 'OperationError') return undefined
    throw error
  } finally {
    pkcs8.fill(0)
  }
}
