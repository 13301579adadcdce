// What 10,000 idle connections hold in memory, both ends together, over plain ones.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { TLSSocket } from 'node:tls'
import { parsePolicy } from '../../packages/sdk/src/verify/index.js'
import { descriptorLimit } from '../support/descriptor-limit.js'
import type { IdleServers } from './idle-servers.js'
import type { Note } from './jobs.js'
import { type Row, rowOf } from './row.js'
import { attestedClient, connectPlain, host } from './tls-stage.js'
import { weigh } from './weight.js'

/** Fewer where a process may not have that many open; the note says how many. */
const connections = Math.min(10_000, descriptorLimit() - 200)

export async function memoryRows(note: Note): Promise<readonly Row[]> {
  const servers = fork(process.argv[1] ?? '', ['--idle-servers'], { serialization: 'advanced' })
  try {
    const [where] = (await once(servers, 'message')) as [IdleServers] // what serveIdle sends first
    const demands = { ...where.demands, policy: parsePolicy(JSON.parse(JSON.stringify(where.demands.policy))) }
    const client = attestedClient({ demands }, 'perConnection')
    const open = (): Promise<TLSSocket> => client.connect({ host, port: where.attested, protocols: ['raw'] })
    const attested = await bytesOf(open, servers)
    const plain = await bytesOf(() => connectPlain(where.plain), servers)
    const [ours, theirs] = [attested.here - plain.here, attested.there - plain.there].map((bytes) => bytes / 1024)
    note(`idle connections: ${connections}; client ${ours?.toFixed(2)} KiB, server ${theirs?.toFixed(2)} KiB`)
    const value = (attested.here + attested.there - plain.here - plain.there) / 1024
    const goal = { name: 'idle connection over a plain one, KiB', target: 2, better: 'lower' } as const
    return [rowOf(goal, { value, low: value, high: value })]
  } finally {
    servers.kill()
  }
}

/** Of one connection that `open` makes, of many that stay: in this process, and in that of the servers. */
async function bytesOf(
  open: () => Promise<TLSSocket>,
  servers: ChildProcess
): Promise<{ here: number; there: number }> {
  const kept: TLSSocket[] = []
  for (let i = 0; i < 50; i++) kept.push(await open())
  const before = { here: weigh(), there: await weighServers(servers) }
  for (let i = 0; i < connections; i++) kept.push(await open())
  const after = { here: weigh(), there: await weighServers(servers) }
  for (const socket of kept) socket.destroy()
  return { here: (after.here - before.here) / connections, there: (after.there - before.there) / connections }
}

async function weighServers(servers: ChildProcess): Promise<number> {
  const answer = once(servers, 'message')
  servers.send('weigh')
  const [bytes] = await answer
  return Number(bytes)
}
