// Runs the groups named on the command line; bundled and started by tools/bench.mjs.
import { bundleSizeRows } from './bundle-size.js'
import { formatRow, type Row } from './row.js'
import { importRow } from './startup.js'
import { tdxSpeedRows } from './tdx-speed.js'
import { verifySpeedRows } from './verify-speed.js'

type Note = (line: string) => void
type Group = (note: Note) => Promise<readonly Row[]>

/** In the order of DESIGN: a group without rows has nothing that could be measured yet. */
const groups: Readonly<Record<string, Group>> = {
  verify: async (note) => [
    ...(await verifySpeedRows(note)),
    ...(await tdxSpeedRows(note)),
    importRow('@tresor/sdk/verify', 'import of /verify over an empty process, ms', 30),
    ...(await bundleSizeRows())
  ],
  tls: async () => [],
  seal: async () => [],
  broker: async () => [],
  runtime: async () => []
}

const json = process.argv.includes('--json')
const named = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const unknown = named.filter((name) => groups[name] === undefined)
if (unknown.length > 0) {
  console.error(`bench: unknown group ${unknown.join(', ')}, expected ${Object.keys(groups).join(', ')}`)
  process.exit(2)
}

/** Notes do not disturb whoever reads the rows. */
const note: Note = (line) => console.error(line)
let missed = 0
for (const name of named.length > 0 ? named : Object.keys(groups)) {
  const rows = (await groups[name]?.(note)) ?? []
  if (rows.length === 0) note(`${name}: nothing to measure yet`)
  for (const row of rows) console.log(json ? JSON.stringify(row) : formatRow(row))
  missed += rows.filter(({ ok }) => !ok).length
}
if (!json && missed > 0) note(`${missed} missed`)
process.exitCode = missed === 0 ? 0 : 1
