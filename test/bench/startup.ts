// What importing a part of the SDK costs: CPU time of a process that does, over that of one that does nothing.
import { spawnSync } from 'node:child_process'
import { type Row, rowOf } from './row.js'
import { estimate, minimum } from './statistics.js'

const runs = 25

/** Imports what is built, as an application does. Minima count: what else the machine does only ever adds time. */
export function importRow(specifier: string, name: string, targetMs: number): Row {
  const pairs = Array.from(
    { length: runs },
    () => [cpuMsOf(''), cpuMsOf(`import ${JSON.stringify(specifier)}`)] as const
  )
  const differenceOfMinima = (sample: typeof pairs): number =>
    minimum(sample.map(([, importing]) => importing)) - minimum(sample.map(([empty]) => empty))
  return rowOf(
    { name, target: targetMs, better: 'lower' },
    estimate(pairs, (sample) => differenceOfMinima([...sample]))
  )
}

function cpuMsOf(source: string): number {
  const report = `process.on('exit', () => { const { user, system } = process.cpuUsage(); process.stdout.write(String(user + system)) })`
  const args = ['--input-type=module', '--eval', `${source}\n${report}`]
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`start of ${source}: ${stderr}`)
  return Number(stdout) / 1000
}
