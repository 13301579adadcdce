// Parts of the SDK that are loaded when they are first needed, so that a page pays for nothing that it never runs.
import { UnavailableError } from './errors.js'

/**
 * What `load` imports, loaded at most once however often it is asked for. A failure is not kept: the next call tries again.
 * @throws UnavailableError ERR_PART_MISSING when it cannot be loaded: no network, or a content security policy
 */
export function onDemand<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined
  return () => {
    loaded ??= load().catch((cause: unknown) => {
      loaded = undefined
      throw new UnavailableError('ERR_PART_MISSING', 'SDK: a part that is needed could not be loaded', { cause })
    })
    return loaded
  }
}
