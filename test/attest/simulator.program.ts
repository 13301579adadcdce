// Starts a simulator and reports which platform it is. Arguments: kind, directory.
import { X509Certificate } from 'node:crypto'
import { simulator, tdxSimulator } from '../../packages/sdk/src/attest/index.js'
import { toHex } from '../../packages/sdk/src/core/index.js'
import { parseSnpReport } from '../../packages/sdk/src/evidence/index.js'
import { parseQuote } from '../../packages/sdk/src/evidence/quote/index.js'
import { workTogether } from '../support/processes.js'

const [kind, directory = ''] = process.argv.slice(2)
const request = { reportData: new Uint8Array(64) }

await workTogether(kind === 'snp' ? startSnp : startTdx)

/** The chip, and the keys of the certificates down to it. */
async function startSnp(): Promise<readonly string[]> {
  const { bytes, endorsements } = await simulator({ directory }).collect(request)
  const certificates = endorsements.slice(0, 3).map((endorsement) => new X509Certificate(endorsement.bytes))
  const keys = certificates.map(({ publicKey }) => publicKey.export({ type: 'spki', format: 'der' }).toString('hex'))
  return [toHex(parseSnpReport(bytes).chipId), ...keys]
}

async function startTdx(): Promise<readonly string[]> {
  const { bytes } = await tdxSimulator({ directory }).collect(request)
  return [toHex(parseQuote(bytes).attestationKey)]
}
