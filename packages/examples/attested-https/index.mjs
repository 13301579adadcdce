// Starts server.mjs, and runs client.mjs against it: under the policy that pins it, and under one for another image.
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { attest, simulator } from '@tresor/sdk/attest'
import { authenticate, policyFrom } from '@tresor/sdk/verify'

const tee = simulator({ directory: join(import.meta.dirname, '../.tresor/simulator') })
const sample = await attest(tee, { nonce: randomBytes(32) })
const policy = policyFrom(await authenticate(sample, { allowSimulator: true }))
const otherPolicy = { ...policy, anyOf: policy.anyOf.map((rule) => ({ ...rule, measurement: ['00'.repeat(48)] })) }

const folder = mkdtempSync(join(tmpdir(), 'tresor-example-'))
const server = spawn(process.execPath, [join(import.meta.dirname, 'server.mjs')], {
  stdio: ['ignore', 'pipe', 'ignore']
})
const [line] = await once(server.stdout.setEncoding('utf8'), 'data')

const accepted = runClient(policy)
console.log(accepted.stdout.trim())
const refused = runClient(otherPolicy)
const [code] = /ERR_POLICY_\w+/.exec(refused.stderr) ?? ['no reason']
console.log(`refused, before anything was sent: ${code}`)

server.kill()
rmSync(folder, { recursive: true })
process.exitCode = accepted.status === 0 && refused.status !== 0 ? 0 : 1

function runClient(wanted) {
  const file = join(folder, 'policy.json')
  writeFileSync(file, JSON.stringify(wanted))
  return spawnSync(process.execPath, [join(import.meta.dirname, 'client.mjs'), line.trim(), file], { encoding: 'utf8' })
}
