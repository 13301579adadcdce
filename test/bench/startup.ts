// What importing a part of the SDK costs: CPU time of a process that does, over that of one that does nothing.
import { spawnSync } from 'node:child_process'
import { seeded } from '../support/seeded.js'
import { type Row, rowOf } from './row.js'
import { estimate, minimum } from './statistics.js'

const runs = 25

/** Imports what is built, as an application does. */
export function importRow(specifier: string, name: string, targetMs: number): Row {
  const empty: number[] = []
  const importing: number[] = []
  for (let run = 0; run < runs; run++) {
    empty.push(cpuMsOf(''))
    importing.push(cpuMsOf(`import ${JSON.stringify(specifier)}`))
  }
  const differences = differencesOfMinima(empty, importing)
  const { low, high } = estimate(differences, (samples) => samples[0] ?? Number.NaN)
  const value = minimum(importing) - minimum(empty)
  return rowOf({ name, target: targetMs, better: 'lower' }, { value, low, high })
}

/** Minima of resampled runs: noise only ever adds time. */
function differencesOfMinima(empty: readonly number[], importing: readonly number[]): readonly number[] {
  const random = seeded(3)
  const minimumOf = (samples: readonly number[]): number =>
    minimum(samples.map(() => samples[Math.floor(random() * samples.length)] ?? Number.NaN))
  return Array.from({ length: 1000 }, () => minimumOf(importing) - minimumOf(empty))
}

function cpuMsOf(source: string): number {
  const report = `process.on('exit', () => { const { user, system } = process.cpuUsage(); process.stdout.write(String(user + system)) })`
  const args = ['--input-type=module', '--eval', `${source}\n${report}`]
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`start of ${source}: ${stderr}`)
  return Number(stdout) / 1000
}
