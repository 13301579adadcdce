// Parts of the cryptography that are loaded when they are first needed.
import { UnavailableError } from '../core/index.js'

/** @throws UnavailableError ERR_CRYPTO_UNSUPPORTED when the module cannot be loaded: no network, or a content security policy */
export async function loadPart<M>(load: () => Promise<M>): Promise<M> {
  try {
    return await load()
  } catch (cause) {
    throw new UnavailableError('ERR_CRYPTO_UNSUPPORTED', 'cryptography: a part that is needed could not be loaded', {
      cause
    })
  }
}
