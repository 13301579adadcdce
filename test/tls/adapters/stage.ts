// What every adapter is tried with: one guest, the policy that accepts it, and a policy that accepts another image. All that was started
// ends with the test.
import { randomBytes } from 'node:crypto'
import type { Server } from 'node:net'
import { afterEach, beforeAll } from 'vitest'
import type { EvidenceProvider } from '../../../packages/sdk/src/attest/index.js'
import type { Policy } from '../../../packages/sdk/src/verify/index.js'
import { counted, listen, policyOf, testProvider } from '../support.js'

export interface Stage {
  readonly provider: EvidenceProvider & { quotes: number }
  readonly policy: Policy
  /** Of another image: it refuses `provider`. */
  readonly otherPolicy: Policy
}

export const megabyte: Buffer = randomBytes(1 << 20)

const endings: (() => unknown)[] = []

/** For `describe`: the stage is set before the first test. */
export function setStage(): Stage {
  const provider = counted(testProvider())
  const stage: { -readonly [K in keyof Stage]?: Stage[K] } = { provider }
  beforeAll(async () => {
    stage.policy = await policyOf(provider)
    stage.otherPolicy = await policyOf(testProvider({ measurement: new Uint8Array(48).fill(7) }))
  })
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end()
  })
  return stage as Stage // whole when tests run
}

/** Listens until the test ends. */
export async function serve(server: Server & { closeAllConnections?: () => void }): Promise<number> {
  const open = new Set<{ destroy(): unknown }>()
  server.on('connection', (socket) => open.add(socket))
  atEnd(() => {
    server.close()
    for (const socket of open) socket.destroy()
  })
  return listen(server)
}

export function atEnd(end: () => unknown): void {
  endings.push(end)
}
