// When to use WebCrypto and when the fallback; the fallback (noble and our RSA) is loaded on first use only.
import { TresorError, UnavailableError } from '../../core/index.js'
import type { HashName } from '../door.js'

/** Looked up at each use: a page may be given WebCrypto late, and tests take it away. */
export type Platform = () => SubtleCrypto | undefined

export type Fallback = typeof import('./fallback.js')

export const hashParameter: Readonly<Record<HashName, string>> = {
  sha256: 'SHA-256',
  sha384: 'SHA-384',
  sha512: 'SHA-512'
}

/** @throws UnavailableError ERR_CRYPTO_UNSUPPORTED when WebCrypto breaks down or the fallback cannot be loaded */
export async function subtleOrFallback<T>(
  platform: Platform,
  withSubtle: (subtle: SubtleCrypto) => Promise<T>,
  withFallback: (fallback: Fallback) => T
): Promise<T> {
  const subtle = platform()
  if (subtle !== undefined) {
    try {
      return await withSubtle(subtle)
    } catch (cause) {
      if (TresorError.is(cause)) throw cause
      if (!isUnsupported(cause)) throw unsupported('WebCrypto failed', cause)
    }
  }
  return withFallback(await loadFallback())
}

/** True for the answer of a WebCrypto that does not have the algorithm. */
export function isUnsupported(error: unknown): boolean {
  return error instanceof Error && error.name === 'NotSupportedError'
}

/** The same bytes for WebCrypto, which takes no shared memory: that is copied. */
export function plain(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (!(bytes.buffer instanceof ArrayBuffer)) return new Uint8Array(bytes)
  return bytes as Uint8Array<ArrayBuffer> // checked above
}

async function loadFallback(): Promise<Fallback> {
  try {
    return await import('./fallback.js')
  } catch (cause) {
    throw unsupported('no WebCrypto here, and its replacement could not be loaded', cause)
  }
}

function unsupported(message: string, cause: unknown): UnavailableError {
  return new UnavailableError('ERR_CRYPTO_UNSUPPORTED', `cryptography: ${message}`, { cause })
}
