// Asks the TDX device and the service on the host for evidence once and says how that ended, as one line of JSON.
import { writeSync } from 'node:fs'
import { tdxDevice } from '@tresor/sdk/attest'
import { TresorError } from '../../../packages/sdk/src/core/index.js'

const reportData = new Uint8Array(64).fill(0x2a)

try {
  const { kind, bytes, endorsements } = await tdxDevice({ port: 4050 }).collect({ reportData })
  const quote = Buffer.from(bytes).toString('base64')
  writeSync(1, JSON.stringify({ kind, quote, endorsements: endorsements.length }))
} catch (error) {
  if (!TresorError.is(error)) throw error
  writeSync(1, JSON.stringify({ code: error.code, message: error.message, details: error.details }))
}
