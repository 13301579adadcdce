// Builds the addon (where there is a compiler) and the SDK, when their sources have changed.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { bin, must, onceFor, root } from './run.mjs'
import { setup } from './setup.mjs'

export function build() {
  setup()
  must(process.execPath, ['packages/native/build.mjs', '--optional'])
  const sdk = join(root, 'packages', 'sdk')
  onceFor('built', digestOf(sdk), [join(sdk, 'dist', 'verify', 'index.d.ts')], () => {
    must(bin('tsup'), ['--silent'], { cwd: sdk })
    must(bin('tsc'), ['-p', 'tsconfig.build.json'], { cwd: sdk })
  })
}

function digestOf(sdk) {
  const hash = createHash('sha256')
  for (const file of [
    'package.json',
    'tsup.config.ts',
    'browser.config.ts',
    'tsconfig.json',
    'tsconfig.build.json',
    ...filesBelow(sdk, 'src')
  ]) {
    hash.update(file).update(readFileSync(join(sdk, file)))
  }
  return hash.digest('hex')
}

function filesBelow(base, folder) {
  return readdirSync(join(base, folder), { recursive: true })
    .map((name) => join(folder, name))
    .filter((name) => statSync(join(base, name)).isFile())
    .sort()
}

if (process.argv[1] === import.meta.filename) build()
