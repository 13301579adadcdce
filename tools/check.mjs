// Everything about the source that is no test of behaviour: lint, types, unused code, packaging, documents. One line a gate.
import { build } from './build.mjs'
import { bin, formatCounts, run } from './run.mjs'

const gates = [
  ['lint and format', bin('biome'), ['ci', '.']],
  ['types', bin('tsc'), ['-p', 'tsconfig.json']],
  ['types of declarations', bin('tsc'), ['-p', 'packages/sdk/tsconfig.json']],
  ['isomorphic rooms know no Node', bin('tsc'), ['-p', 'packages/sdk/tsconfig.isomorphic.json']],
  ['boundaries and house', bin('vitest'), ['run', '--project', 'node', 'test/house']],
  ['unused files, exports and dependencies', bin('knip'), []],
  ['packaging of the SDK', bin('publint'), ['--strict', '--pack', 'npm', 'packages/sdk']],
  ['packaging of the addon', bin('publint'), ['--strict', '--pack', 'npm', 'packages/native']],
  ['types as consumers resolve them', bin('attw'), ['--pack', 'packages/sdk', '--profile', 'esm-only', '--no-color']],
  ['error codes are documented', process.execPath, ['tools/docs.mjs', '--check']]
]

build()
let failed = 0
for (const [title, command, args] of gates) {
  console.log(`\n# ${title}`)
  const code = run(command, args)
  console.log(code === 0 ? `✓ ${title}` : `✗ ${title}`)
  if (code !== 0) failed++
}
console.log(formatCounts({ passed: gates.length - failed, failed, skipped: 0 }))
process.exit(failed === 0 ? 0 : 1)
