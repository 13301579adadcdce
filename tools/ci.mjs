// All gates, one after the other. Adds up the closing lines that they print; a gate without one counts as a single check.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { closingLine, formatCounts, root, runAndRead } from './run.mjs'

const vectors = process.env.TRESOR_VECTORS ?? resolve(root, '..', 'shared', 'vectors')
const node = process.execPath

const gates = [
  { title: 'npm test, as in the README', command: 'npm', args: ['test', '--silent'] },
  { title: 'source, types, boundaries, packaging', command: node, args: ['tools/check.mjs'] },
  {
    title: 'conformance on real evidence',
    command: node,
    args: ['tools/conformance.mjs'],
    skip: existsSync(vectors) ? undefined : `no vectors at TRESOR_VECTORS`
  },
  { title: 'other versions of Node', command: node, args: ['tools/node-versions.mjs', '--test'] },
  { title: 'long campaigns and interop', command: node, args: ['tools/test.mjs', '--long', 'test/long'] },
  { title: 'fuzzing', command: node, args: ['tools/fuzz.mjs', '--seconds', '60', '--seed', '20261125'] },
  { title: 'npm start, as in the README', command: 'npm', args: ['start', '--silent'] }
]

const total = { passed: 0, failed: 0, skipped: 0 }
const summary = []
for (const gate of gates) {
  console.log(`\n##### ${gate.title}`)
  const { counts, seconds } = gate.skip === undefined ? await runGate(gate) : skipGate(gate)
  for (const name of Object.keys(total)) total[name] += counts[name]
  summary.push(`${counts.failed === 0 ? '✓' : '✗'} ${gate.title}: ${formatCounts(counts)} (${seconds} s)`)
}
console.log(`\n${summary.join('\n')}`)
console.log(formatCounts(total))
process.exit(total.failed === 0 ? 0 : 1)

async function runGate({ command, args }) {
  const start = Date.now()
  const { code, tail } = await runAndRead(command, args)
  const counts = closingLine(tail) ?? { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 }
  if (code !== 0 && counts.failed === 0) counts.failed = 1
  return { counts, seconds: Math.round((Date.now() - start) / 1000) }
}

function skipGate(gate) {
  console.log(`skipped: ${gate.title}: ${gate.skip}`)
  return { counts: { passed: 0, failed: 0, skipped: 1 }, seconds: 0 }
}
