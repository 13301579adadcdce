// Bundles the conformance runner from its TypeScript sources and runs it: no build of the SDK is needed, nor changed.
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import { cache, root, run } from './run.mjs'

const vectors = resolve(root, process.env.TRESOR_VECTORS ?? '../shared/vectors')
const file = resolve(process.argv[2] ?? join(vectors, 'cases.json'))
const outfile = join(cache, 'conformance.mjs')

mkdirSync(cache, { recursive: true })
await build({
  entryPoints: [join(root, 'test/conformance/main.ts')],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  conditions: ['@tresor/source', 'node'],
  sourcemap: 'inline',
  logLevel: 'warning'
})
process.exit(run(process.execPath, ['--enable-source-maps', outfile, file]))
