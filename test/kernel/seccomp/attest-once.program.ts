// Asks the device for evidence once and says how that ended, as one line of JSON.
import { writeSync } from 'node:fs'
import { snpDevice } from '@tresor/sdk/attest'
import { TresorError } from '../../../packages/sdk/src/core/index.js'

const reportData = new Uint8Array(64).fill(0x2a)
const abortAfterMs = Number(process.argv[1] ?? 0)
const request = abortAfterMs > 0 ? { reportData, signal: AbortSignal.timeout(abortAfterMs) } : { reportData }

try {
  const { endorsements } = await snpDevice().collect(request)
  writeSync(1, JSON.stringify({ endorsements: endorsements.length }))
} catch (error) {
  if (!TresorError.is(error)) throw error
  writeSync(1, JSON.stringify({ code: error.code, message: error.message, details: error.details }))
}
