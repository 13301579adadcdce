// A verifier asks, a guest answers, the verifier decides. Here both are in one process, and the guest is simulated.
import { randomBytes } from 'node:crypto'
import { attest, simulator } from '@tresor/sdk/attest'
import { authenticate, parsePolicy, policyFrom, verify } from '@tresor/sdk/verify'

// The guest. On a real one: const tee = await detect()
const tee = simulator({ directory: new URL('../.tresor/simulator', import.meta.url).pathname })

// Once, by somebody who looked at the machine: a policy that pins what it shows.
const sample = await attest(tee, { nonce: randomBytes(32) })
const policy = policyFrom(await authenticate(sample, { allowSimulator: true }))

// The verifier chooses a nonce, so that the answer cannot be an old one.
const nonce = randomBytes(32)
const evidence = await attest(tee, { nonce })
const appraisal = await verify(evidence, { policy, nonce })
console.log(`accepted: ${appraisal.kind} ${appraisal.claims.product}, measurement ${appraisal.claims.measurement}`)

// The same evidence for another nonce, and under a policy for another image.
const [rule] = policy.anyOf
const otherPolicy = parsePolicy({ ...policy, anyOf: [{ ...rule, measurement: ['00'.repeat(48)] }] })
for (const [why, options] of [
  ['another nonce', { policy, nonce: randomBytes(32) }],
  ['another image', { policy: otherPolicy, nonce }]
]) {
  const error = await verify(evidence, options).then(
    () => undefined,
    (refusal) => refusal
  )
  if (error === undefined) throw new Error(`accepted in spite of ${why}`)
  console.log(`refused for ${why}: ${error.code}`)
}
