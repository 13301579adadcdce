// Real captures and published test vectors. They are not part of the repository: TRESOR_VECTORS names their folder.
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe } from 'vitest'

export function vectorsDir(): string {
  return resolve(process.env.TRESOR_VECTORS ?? '../shared/vectors')
}

export const hasVectors: boolean = existsSync(vectorsDir())

/** @param path relative to the folder of vectors, with forward slashes */
export function readVector(path: string): Uint8Array {
  return new Uint8Array(readFileSync(resolve(vectorsDir(), path)))
}

export function readVectorJson(path: string): unknown {
  return JSON.parse(new TextDecoder().decode(readVector(path)))
}

/** `describe` where the vectors are present; elsewhere a suite that is skipped under a name that says so. */
export function describeWithVectors(name: string, body: () => void): void {
  if (hasVectors) describe(name, body)
  else describe.skip(`${name} (skipped: no vectors, set TRESOR_VECTORS to their folder)`, body)
}
