// Requests on a connection that is there: CPU time of both ends, against plain https in the same process.
import { once } from 'node:events'
import type { IncomingMessage, RequestListener } from 'node:http'
import { Agent, createServer as createPlainServer, request } from 'node:https'
import { attestedAgent } from '../../packages/sdk/src/tls/agent/index.js'
import { createServer } from '../../packages/sdk/src/tls/https/index.js'
import { type Candidate, measureRounds } from './rounds.js'
import { controlRow, type Row, ratioRow } from './row.js'
import { createMachine, credentials, host, listen } from './tls-stage.js'

/** Of large bodies several connections take turns: the kernel settles on other buffers for each, which alone makes a tenth. */
const bodies = [
  { title: '11 bytes', body: Buffer.from('hello world'), connections: 1, rounds: 300, block: 40 },
  { title: '1 MiB', body: Buffer.alloc(1 << 20), connections: 8, rounds: 150, block: 8 }
]

export async function steadyRows(): Promise<readonly Row[]> {
  const machine = await createMachine()
  const rows: Row[] = []
  for (const { title, body, connections, ...rounds } of bodies) {
    const fetcher = (port: number, createAgent: () => Agent): Candidate['run'] =>
      createFetcher(port, Array.from({ length: connections }, createAgent), body.length)
    const answer: RequestListener = (_, res) => void res.end(body)
    const plain = async (): Promise<Candidate['run']> => {
      const port = await listen(createPlainServer({ ...credentials, minVersion: 'TLSv1.3' }, answer))
      return fetcher(port, () => new Agent({ keepAlive: true, rejectUnauthorized: false }))
    }
    const port = await listen(createServer({ ...credentials, attestation: { provider: machine.provider } }, answer))
    const attested = fetcher(port, () => attestedAgent(machine.demands))
    const times = await measureRounds(
      [
        { name: 'plain', run: await plain() },
        { name: 'again', run: await plain() },
        { name: 'attested', run: attested }
      ],
      rounds
    )
    const [baseline = [], again = [], subject = []] = [...times.values()]
    const goal = { name: `steady state, ${title} per request, of plain https`, target: 0.98, better: 'higher' } as const
    rows.push(controlRow(baseline, again), ratioRow(goal, baseline, subject))
  }
  return rows
}

function createFetcher(port: number, agents: readonly Agent[], length: number): () => Promise<void> {
  let turn = 0
  return async () => {
    const agent = agents[turn++ % agents.length]
    const [response] = await once(request({ host, port, agent }).end(), 'response')
    let received = 0
    for await (const chunk of response as IncomingMessage) received += chunk.length // what the event carries
    if (received !== length) throw new Error(`bench: received ${received} bytes of ${length}`)
  }
}
