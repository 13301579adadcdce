// Runs the gate, and four peers against it: one that it wants, one without evidence, one of another image, one with a replay.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { attest, simulator } from '@tresor/sdk/attest'
import { authenticate, policyFrom } from '@tresor/sdk/verify'
import { createGate } from './gate.mjs'

const directory = new URL('../.tresor/simulator', import.meta.url).pathname
const wanted = simulator({ directory })
const other = simulator({ directory, measurement: new Uint8Array(48).fill(7) })

const sample = await attest(wanted, { nonce: randomBytes(32) })
const gate = createGate(policyFrom(await authenticate(sample, { allowSimulator: true })))
gate.listen(Number(process.env.PORT ?? 0), '127.0.0.1')
await once(gate, 'listening')
const base = `http://127.0.0.1:${gate.address().port}`

const outcomes = {
  'the wanted image': await knock((nonce) => attest(wanted, { nonce })),
  'no evidence': await knock(async () => new Uint8Array(0)),
  'another image': await knock((nonce) => attest(other, { nonce })),
  'a replay': await knock(async () => sample)
}
for (const [who, { status, body }] of Object.entries(outcomes)) {
  console.log(
    `${who}: ${status} ${body.hello ?? body.code}${body.failed?.length ? ` (failed: ${body.failed.join(', ')})` : ''}`
  )
}
gate.close()
const statuses = Object.values(outcomes).map(({ status }) => status)
process.exitCode = statuses.join() === '200,403,403,403' ? 0 : 1

async function knock(makeEvidence) {
  const { nonce } = await (await fetch(`${base}/nonce`, { method: 'POST' })).json()
  const evidence = await makeEvidence(Buffer.from(nonce, 'hex'))
  const response = await fetch(`${base}/hello?nonce=${nonce}`, { method: 'POST', body: evidence })
  return { status: response.status, body: await response.json() }
}
