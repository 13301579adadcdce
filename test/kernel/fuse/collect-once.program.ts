// Collects evidence through configfs-tsm once and prints, as JSON, what came of it. An argument: stop waiting after so many ms.
import { writeSync } from 'node:fs'
import { snpConfigfs } from '@tresor/sdk/attest'

const reportData = new Uint8Array(64).fill(0x42)
const patienceMs = process.argv[2]
const signal = patienceMs === undefined ? {} : { signal: AbortSignal.timeout(Number(patienceMs)) }
const warnings: unknown[] = []
process.on('warning', (warning) => warnings.push('code' in warning ? warning.code : warning.name))

const outcome = await snpConfigfs()
  .collect({ reportData, ...signal })
  .then(({ bytes, endorsements }) => ({ bytes: bytes.length, endorsements: endorsements.length }), describe)
process.on('exit', () => writeSync(1, JSON.stringify({ ...outcome, warnings })))

function describe(error: Error): object {
  return { code: 'code' in error ? error.code : undefined, message: error.message }
}
