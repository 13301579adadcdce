// Real captures and published test vectors. They are not part of the repository: TRESOR_VECTORS names their folder, and the
// default is ../shared/vectors beside the repository. Works in Node and in the browser.
import { describe } from 'vitest'
import { hasVectors, readVector, vectorsDir } from './vectors-files.js'

export { hasVectors, readVector, vectorsDir }

/** @param path relative to the folder of vectors, with forward slashes */
export function readVectorJson(path: string): unknown {
  return JSON.parse(new TextDecoder().decode(readVector(path)))
}

/** `describe` where the vectors are present; elsewhere the suite is skipped under a name that says why. */
export function describeWithVectors(name: string, body: () => void): void {
  if (hasVectors) describe(name, body)
  else describe.skip(`${name} (no vectors: set TRESOR_VECTORS to their folder)`, body)
}
