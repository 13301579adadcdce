// When to use WebCrypto and when our fallback, which is loaded on first use only.
import { TresorError, UnavailableError } from '../../core/index.js'
import type { HashName } from '../door.js'
import { loadPart } from '../load-part.js'

/** Looked up at each use: a page may be given WebCrypto late, and tests take it away. */
export type Platform = () => SubtleCrypto | undefined

/** Where a door's answers come from. */
export interface Backend<F> {
  readonly subtle: Platform
  readonly fallback: () => Promise<F>
}

export const hashParameter: Readonly<Record<HashName, string>> = {
  sha256: 'SHA-256',
  sha384: 'SHA-384',
  sha512: 'SHA-512'
}

/** @throws UnavailableError ERR_CRYPTO_UNSUPPORTED when WebCrypto breaks down or the fallback cannot be loaded */
export async function subtleOrFallback<T, F>(
  backend: Backend<F>,
  withSubtle: (subtle: SubtleCrypto) => Promise<T>,
  withFallback: (fallback: F) => T
): Promise<T> {
  const subtle = backend.subtle()
  if (subtle !== undefined) {
    try {
      return await withSubtle(subtle)
    } catch (cause) {
      if (TresorError.is(cause)) throw cause
      if (!isUnsupported(cause)) throw brokenDown(cause)
    }
  }
  return withFallback(await loadPart(backend.fallback))
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

function brokenDown(cause: unknown): UnavailableError {
  return new UnavailableError('ERR_CRYPTO_UNSUPPORTED', 'cryptography: WebCrypto failed', { cause })
}
