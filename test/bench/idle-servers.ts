// The servers of the measurement of idle connections, in a process of their own: a process may not have as many descriptors as both ends
// of 10,000 connections need. Tells where they listen and what they demand of clients, and weighs itself whenever it is asked.

import { createMachine, type Machine, startAttested, startPlain } from './tls-stage.js'
import { weigh } from './weight.js'

export interface IdleServers {
  readonly plain: number
  readonly attested: number
  readonly demands: Machine['demands']
}

/** Runs until its parent goes. */
export async function serveIdle(): Promise<void> {
  const { provider, demands } = await createMachine()
  const [plain, attested] = [await startPlain(), await startAttested(provider)]
  process.on('message', () => process.send?.(weigh()))
  process.send?.({ plain, attested, demands } satisfies IdleServers)
}
