// The folder of vectors on Node. In the browser project vectors-files.browser.ts takes this file's place.
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export function vectorsDir(): string {
  return resolve(process.env.TRESOR_VECTORS ?? resolve(import.meta.dirname, '../../../shared/vectors'))
}

export const hasVectors: boolean = existsSync(join(vectorsDir(), 'manifest.json'))

export function readVector(path: string): Uint8Array {
  return new Uint8Array(readFileSync(join(vectorsDir(), path)))
}
