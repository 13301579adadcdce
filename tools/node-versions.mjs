// Other versions of Node, fetched with npm into .cache/node22 and .cache/node24, and with --test all tests of the `node` project in
// each. Tests that start a Node of another version look there, and are skipped by name where it is not.
//
//   node tools/node-versions.mjs [--test]
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { cache, closingLine, formatCounts, must, runAndRead } from './run.mjs'

const versions = ['22.23.3', '24.21.0']

/** The package that carries the binary itself: it needs no install script. */
const name = `node-${process.platform}-${process.arch}`

const total = { passed: 0, failed: 0, skipped: 0 }
for (const version of versions) {
  install(version)
  if (process.argv.includes('--test')) await test(version)
}
if (process.argv.includes('--test')) console.log(formatCounts(total))
process.exit(total.failed === 0 ? 0 : 1)

function install(version) {
  if (installedIn(version) === version) return
  mkdirSync(folderOf(version), { recursive: true })
  must('npm', [
    'install',
    '--silent',
    '--no-save',
    '--no-audit',
    '--ignore-scripts',
    '--prefix',
    folderOf(version),
    `${name}@${version}`
  ])
}

function installedIn(version) {
  const manifest = join(dirname(dirname(binaryOf(version))), 'package.json')
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).version : undefined
}

async function test(version) {
  const node = binaryOf(version)
  console.log(`\n# Node ${version}`)
  const env = { ...process.env, PATH: dirname(node) + delimiter + process.env.PATH }
  const { code, tail } = await runAndRead(node, ['tools/test.mjs', '--project', 'node'], { env })
  const counts = closingLine(tail) ?? { passed: 0, failed: 1, skipped: 0 }
  if (code !== 0 && counts.failed === 0) counts.failed = 1
  for (const key of Object.keys(total)) total[key] += counts[key]
}

function folderOf(version) {
  return join(cache, `node${version.split('.')[0]}`)
}

function binaryOf(version) {
  return join(folderOf(version), 'node_modules', name, 'bin', 'node')
}
