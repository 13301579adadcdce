// What the code blocks of the documents find in their folder: a nonce, evidence of the simulator for it, and a policy that accepts it.
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { attest, simulator } from '@tresor/sdk/attest'
import { authenticate, policyFrom } from '@tresor/sdk/verify'

const nonce = new Uint8Array(randomBytes(32))
const evidence = await attest(await simulator({ directory: '../simulator' }), { nonce })
const policy = policyFrom(await authenticate(evidence, { allowSimulator: true }))
await writeFile('nonce.bin', nonce)
await writeFile('evidence.cmw', evidence)
await writeFile('policy.json', JSON.stringify(policy, null, 2))
