// Measures what DESIGN promises. Rows go to standard output, notes to standard error.
//
//   npm run -s bench -- [verify|tls|seal|broker|runtime]… [--json] [--node PATH] [--peers]
//
// --node measures another Node, for example the ones of tools/node-versions.mjs; --peers first installs what we compare with into
// .cache/peers. Exit code 1 when a target is missed.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bundleForNode } from './bundle.mjs'
import { cache, must, root, run } from './run.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean' }, node: { type: 'string' }, peers: { type: 'boolean' } }
})

must(process.execPath, ['tools/build.mjs'], { stdio: ['ignore', 2, 2] })
if (values.peers) installPeers()
const program = await bundleForNode('test/bench/main.ts', 'bench')
process.exit(run(values.node ?? process.execPath, [program, ...positionals, ...(values.json ? ['--json'] : [])]))

/** The release of the peer asks for a version of one of its own parts that was never published. */
function installPeers() {
  const folder = join(cache, 'peers')
  mkdirSync(folder, { recursive: true })
  const manifest = {
    private: true,
    dependencies: { '@phala/dcap-qvl': '0.3.9', '@tinfoilsh/verifier': '1.1.0', 'age-encryption': '0.3.1' },
    overrides: { '@freedomofpress/tuf-browser': '0.1.8' }
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  must('npm', ['install', '--silent', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', folder], { cwd: root })
}
