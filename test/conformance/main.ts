// `npm run conformance -- FILE.json`: one line per failure, a table by kind, and a plain closing line. Exit 1 on any failure.
import { resolve } from 'node:path'
import { kinds } from './kinds/index.js'
import { type CaseResult, runFile, type Tally } from './run-file.js'

process.exitCode = await main(process.argv[2] ?? '')

async function main(file: string): Promise<number> {
  const tallies = new Map<string, Tally>()
  try {
    for await (const result of runFile(resolve(file), kinds)) {
      tallyOf(tallies, result.kind)[result.result]++
      for (const line of linesOf(result)) console.log(line)
    }
  } catch (error) {
    console.error(`${file}: ${error instanceof Error ? error.message : String(error)}`)
    console.log('0 passed, 1 failed, 0 skipped')
    return 1
  }
  return report(tallies)
}

/** Long lists of findings, which one cause can make, are cut. */
function linesOf({ id, findings }: CaseResult): readonly string[] {
  const shown = findings
    .slice(0, 5)
    .map(({ what, expected, actual }) => `✗ ${id}  ${what}: expected ${expected}, found ${actual}`)
  return findings.length > 5 ? [...shown, `✗ ${id}  and ${findings.length - 5} more`] : shown
}

function tallyOf(tallies: Map<string, Tally>, kind: string): Tally {
  const tally = tallies.get(kind) ?? { passed: 0, failed: 0, skipped: 0 }
  tallies.set(kind, tally)
  return tally
}

function report(tallies: ReadonlyMap<string, Tally>): number {
  const total: Tally = { passed: 0, failed: 0, skipped: 0 }
  console.log(`\n${'kind'.padEnd(22)}${'passed'.padStart(8)}${'failed'.padStart(8)}${'skipped'.padStart(9)}`)
  for (const [kind, { passed, failed, skipped }] of [...tallies].sort(([a], [b]) => a.localeCompare(b))) {
    const counts = `${String(passed).padStart(8)}${String(failed).padStart(8)}${String(skipped).padStart(9)}`
    console.log(`${kind.padEnd(22)}${counts}${skipped > 0 ? '  not supported yet' : ''}`)
    total.passed += passed
    total.failed += failed
    total.skipped += skipped
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
  return total.failed === 0 && total.passed + total.skipped > 0 ? 0 : 1
}
