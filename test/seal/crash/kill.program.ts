// Runs a workload on a directory until somebody kills it. Says what it asked for and what was acknowledged, each at once.
import { writeSync } from 'node:fs'
import { directory } from '../../../packages/sdk/src/seal/backends/directory/index.js'
import { runWorkload } from './workload.js'

const [path = '', seed = '1', steps = '10'] = process.argv.slice(2)

await runWorkload({
  seed: Number(seed),
  steps: Number(steps),
  openBackend: () => directory(path),
  tracker: {
    created: () => void writeSync(1, 'created\n'),
    asked: (number) => void writeSync(1, `asked ${number}\n`),
    acknowledged: (number) => void writeSync(1, `acknowledged ${number}\n`)
  }
})
writeSync(1, 'end\n')
