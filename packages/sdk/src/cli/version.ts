// The version of this package, read from its manifest.
import { readFileSync } from 'node:fs'

export function readVersion(): string {
  const manifest = new URL('../../package.json', import.meta.url) // two folders up, in the source as in the build
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string } // our own file
  return version
}
