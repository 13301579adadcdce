// Requests on a connection that is there: CPU time of both ends, against plain https in the same process.
import { once } from 'node:events'
import type { IncomingMessage, RequestListener } from 'node:http'
import { Agent, createServer as createPlainServer, request } from 'node:https'
import { attestedAgent } from '../../packages/sdk/src/tls/agent/index.js'
import { createServer } from '../../packages/sdk/src/tls/https/index.js'
import { type Candidate, measureRounds } from './rounds.js'
import { controlRow, type Row, ratioRow } from './row.js'
import { createMachine, credentials, host, listen } from './tls-stage.js'

const bodies = [
  { title: '11 bytes', body: Buffer.from('hello world'), rounds: 200, block: 40 },
  { title: '1 MiB', body: Buffer.alloc(1 << 20), rounds: 150, block: 4 }
]

export async function steadyRows(): Promise<readonly Row[]> {
  const machine = await createMachine()
  const rows: Row[] = []
  for (const { title, body, ...rounds } of bodies) {
    const answer: RequestListener = (_, res) => void res.end(body)
    const plain = async (): Promise<Candidate['run']> => {
      const port = await listen(createPlainServer({ ...credentials, minVersion: 'TLSv1.3' }, answer))
      return fetcher(port, new Agent({ keepAlive: true, rejectUnauthorized: false }), body.length)
    }
    const port = await listen(createServer({ ...credentials, attestation: { provider: machine.provider } }, answer))
    const attested = fetcher(port, attestedAgent(machine.demands), body.length)
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

function fetcher(port: number, agent: Agent, length: number): () => Promise<void> {
  return async () => {
    const [response] = await once(request({ host, port, agent }).end(), 'response')
    let received = 0
    for await (const chunk of response as IncomingMessage) received += chunk.length // what the event carries
    if (received !== length) throw new Error(`bench: received ${received} bytes of ${length}`)
  }
}
