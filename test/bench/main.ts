// Runs the groups named on the command line, each job in a process of its own; bundled and started by tools/bench.mjs.
//
//   main.mjs [GROUP]… [--json]      rows of the groups, or of all
//   main.mjs --job GROUP JOB        rows of one job, as JSON
import { spawnSync } from 'node:child_process'
import { serveIdle } from './idle-servers.js'
import { groups, type Job, type Note } from './jobs.js'
import { formatRow, type Row } from './row.js'

const note: Note = (line) => console.error(line)
const [first, ...rest] = process.argv.slice(2)

if (first === '--job') await runJob(rest[0] ?? '', rest[1] ?? '')
else if (first === '--idle-servers') await serveIdle()
else process.exitCode = runGroups(process.argv.slice(2))

async function runJob(group: string, name: string): Promise<void> {
  const job: Job | undefined = groups[group]?.[name]
  if (job === undefined) throw new Error(`bench: no job ${group} ${name}`)
  for (const row of await job(note)) console.log(JSON.stringify(row))
}

/** The exit code: 0 where every row is fine, 1 where one is missed, 2 for a group that does not exist. */
function runGroups(given: readonly string[]): number {
  const named = given.filter((argument) => !argument.startsWith('--'))
  const unknown = named.filter((name) => groups[name] === undefined)
  if (unknown.length > 0) {
    note(`bench: unknown group ${unknown.join(', ')}, expected ${Object.keys(groups).join(', ')}`)
    return 2
  }
  const asJson = given.includes('--json')
  const rows = (named.length > 0 ? named : Object.keys(groups)).flatMap((group) => rowsOf(group, asJson))
  const missed = rows.filter(({ ok }) => !ok).length
  if (missed > 0) note(`${missed} missed`)
  return missed === 0 ? 0 : 1
}

/** Prints each row as soon as it is there. */
function rowsOf(group: string, asJson: boolean): readonly Row[] {
  const jobs = Object.keys(groups[group] ?? {})
  if (jobs.length === 0) note(`${group}: nothing to measure yet`)
  return jobs.flatMap((job) => {
    const rows = measureApart(group, job)
    for (const row of rows) console.log(asJson ? JSON.stringify(row) : formatRow(row))
    return rows
  })
}

function measureApart(group: string, job: string): readonly Row[] {
  const args = [...process.execArgv, process.argv[1] ?? '', '--job', group, job]
  const { stdout, status } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit']
  })
  if (status !== 0) throw new Error(`bench: ${group} ${job} failed`)
  const lines = stdout.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as Row) // printed by runJob
}
