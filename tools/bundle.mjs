// Bundles a program of test/ from its TypeScript sources: no build of the SDK is needed, nor changed.
import { join } from 'node:path'
import { build } from 'esbuild'
import { cache, root } from './run.mjs'

/**
 * Path of the bundle, in a folder of .cache that is as deep as those below test/: what finds files relative to itself still does.
 */
export async function bundleForNode(entry, name) {
  const outfile = join(cache, name, 'main.mjs')
  await build({
    entryPoints: [join(root, entry)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['@tresor/source', 'node'],
    external: ['esbuild', 'rollup', '@tresor/native'],
    sourcemap: 'inline',
    logLevel: 'warning'
  })
  return outfile
}
