// New connections, opened and closed: CPU time of both ends, over a plain TLS 1.3 handshake in the same process.
import type { Note } from './jobs.js'
import { measureRounds } from './rounds.js'
import { controlRow, costRow, type Row } from './row.js'
import { attestedClient, connectPlain, createMachine, hangUp, host, startAttested, startPlain } from './tls-stage.js'

export async function handshakeRows(note: Note): Promise<readonly Row[]> {
  const machine = await createMachine()
  const [plain, attested] = [await startPlain(), await startAttested(machine.provider)]
  const [bound, each] = [attestedClient(machine, 'boundKey'), attestedClient(machine, 'perConnection')]
  const target = { host, port: attested, protocols: ['raw'] } as const
  const connect = async (): Promise<void> => hangUp(await connectPlain(plain))
  const times = await measureRounds(
    [
      { name: 'plain', run: connect },
      { name: 'again', run: connect },
      { name: 'boundKey', run: async () => hangUp(await bound.connect(target)) },
      { name: 'perConnection', run: async () => hangUp(await each.connect(target)) },
      { name: 'device', run: () => machine.provider.collect({ reportData: new Uint8Array(64) }) }
    ],
    { rounds: 150, block: 8 }
  )
  const [baseline = [], again = [], known = [], fresh = [], device = []] = [...times.values()]
  note('perConnection: less what the device of the fake vendor costs, which is no part of a service')
  const less = fresh.map((time, round) => time - (device[round] ?? 0))
  return [
    controlRow(baseline, again),
    costRow({ name: 'handshake, boundKey, over plain TLS 1.3, CPU', target: 1.35, better: 'lower' }, baseline, known),
    costRow(
      { name: 'handshake, perConnection, over plain TLS 1.3, CPU', target: 1.85, better: 'lower' },
      baseline,
      less
    )
  ]
}
