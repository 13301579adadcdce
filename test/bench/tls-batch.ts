// Clients that come at random, far more of them than the quote device could serve one by one.
import { setTimeout as sleep } from 'node:timers/promises'
import type { EvidenceProvider } from '../../packages/sdk/src/attest/index.js'
import { seeded } from '../support/seeded.js'
import { type Row, rowOf } from './row.js'
import { estimate } from './statistics.js'
import { attestedClient, createMachine, hangUp, host, startAttested } from './tls-stage.js'

const quoteMs = 39
const offeredPerSecond = 21.5 * (1000 / quoteMs)
const windowMs = 2000
const warmUps = 4
const windows = 6

export async function batchRows(): Promise<readonly Row[]> {
  const machine = await createMachine()
  const port = await startAttested(slow(machine.provider))
  const client = attestedClient(machine, 'perConnection')
  const visit = async (): Promise<number> => {
    const start = performance.now()
    const socket = await client.connect({ host, port, protocols: ['raw'] })
    const took = performance.now() - start
    await hangUp(socket)
    return took
  }
  for (let i = 0; i < warmUps; i++) await offer(visit)
  const seen: (readonly number[])[] = []
  for (let i = 0; i < windows; i++) seen.push(await offer(visit))
  const rates = seen.map((times) => times.length / (windowMs / quoteMs))
  const latencies = seen.map((times) => percentile(times, 0.99) / quoteMs)
  return [
    rowOf(
      { name: 'connections a second, device of 39 ms, of one quote each', target: 20, better: 'higher' },
      estimate(rates, mean)
    ),
    rowOf(
      { name: 'the same: time to connect, p99, in quote times', target: 3, better: 'lower' },
      estimate(latencies, mean)
    )
  ]
}

/** Arrivals of a Poisson process; the times of those who were served within the window. */
async function offer(visit: () => Promise<number>): Promise<readonly number[]> {
  const random = seeded(3)
  const served: number[] = []
  const start = performance.now()
  const under = new Set<Promise<unknown>>()
  for (let due = 0; due < windowMs; due += (-Math.log(1 - random()) * 1000) / offeredPerSecond) {
    const wait = start + due - performance.now()
    if (wait > 0) await sleep(wait)
    const one = visit().then((took) => {
      if (performance.now() - start <= windowMs) served.push(took)
    })
    under.add(one)
    one.finally(() => under.delete(one))
  }
  await Promise.all(under)
  return served
}

/** One quote at a time, each as slow as those of a TDX host. */
function slow(provider: EvidenceProvider): EvidenceProvider {
  return {
    ...provider,
    collect: async (asked) => {
      await sleep(quoteMs)
      return provider.collect(asked)
    }
  }
}

function percentile(values: readonly number[], quantile: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] ?? Number.NaN
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
