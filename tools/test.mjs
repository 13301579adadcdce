// The second of README's two commands: install and build if need be, run all tests, name what was skipped, close with a plain line.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from './build.mjs'
import { bin, cache, formatCounts, run } from './run.mjs'

const long = process.argv.includes('--long')
const rest = process.argv.slice(2).filter((arg) => arg !== '--long')

build()
mkdirSync(cache, { recursive: true })
const file = join(cache, long ? 'tests-long.json' : 'tests.json')
rmSync(file, { force: true })
const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...rest]
const code = run(bin('vitest'), args, { env: { ...process.env, ...(long ? { TRESOR_LONG: '1' } : {}) } })

if (!existsSync(file)) {
  console.log('0 passed, 1 failed')
  process.exit(1)
}
const report = JSON.parse(readFileSync(file, 'utf8'))
const skipped = report.testResults.flatMap((suite) =>
  suite.assertionResults.filter((test) => test.status !== 'passed' && test.status !== 'failed')
)
for (const test of skipped) console.log(`skipped: ${test.fullName}`)

// A file that could not be loaded counts as one failure: it has no tests to count.
const broken = report.testResults.filter((suite) => suite.status === 'failed' && suite.assertionResults.length === 0)
for (const suite of broken) console.log(`not loaded: ${suite.name}`)
const failed = report.numFailedTests + broken.length || (code === 0 ? 0 : 1)
console.log(formatCounts({ passed: report.numPassedTests, failed, skipped: skipped.length }))
process.exit(failed === 0 ? 0 : 1)
