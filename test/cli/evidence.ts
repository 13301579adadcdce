// Evidence and policies for the tests of commands, made by the simulator, as files of the test.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { attest, simulator } from '../../packages/sdk/src/attest/index.js'
import { toHex } from '../../packages/sdk/src/core/index.js'
import { decodeEvidence } from '../../packages/sdk/src/evidence/cmw/decode-evidence.js'
import type { Evidence } from '../../packages/sdk/src/evidence/index.js'
import { authenticate, policyFrom } from '../../packages/sdk/src/verify/index.js'
import { simulatorDirectory } from './run.js'

export const nonce: Uint8Array = Uint8Array.from({ length: 32 }, (_, i) => i)
export const nonceHex: string = toHex(nonce)

export interface Fixture {
  readonly evidence: Evidence
  readonly cmw: Uint8Array
  readonly cmwPath: string
  readonly reportPath: string
  /** Pins what the evidence shows. */
  readonly policy: Record<string, unknown>
  readonly policyPath: string
  /** The same with another measurement. */
  readonly wrongPolicyPath: string
  readonly measurement: string
}

export async function createFixture(directory: string): Promise<Fixture> {
  const cmw = await attest(simulator({ directory: simulatorDirectory }), { nonce })
  const evidence = decodeEvidence(cmw)
  const appraisal = await authenticate(evidence, { allowSimulator: true })
  const policy = JSON.parse(JSON.stringify(policyFrom(appraisal)))
  const wrong = structuredClone(policy)
  wrong.anyOf[0].measurement = [{ digest: '4c'.repeat(48), name: 'shop-api 1.8.2' }]
  const write = (name: string, data: Uint8Array | string): string => {
    writeFileSync(join(directory, name), data)
    return join(directory, name)
  }
  return {
    evidence,
    cmw,
    cmwPath: write('evidence.cmw', cmw),
    reportPath: write('report.bin', evidence.bytes),
    policy,
    policyPath: write('policy.json', JSON.stringify(policy)),
    wrongPolicyPath: write('wrong.json', JSON.stringify(wrong)),
    measurement: String(appraisal.claims.measurement)
  }
}
