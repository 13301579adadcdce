// What an idle connection holds in memory, both ends together, over a plain one.
import type { TLSSocket } from 'node:tls'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Row, rowOf } from './row.js'
import { minimum } from './statistics.js'
import { attestedClient, connectPlain, createMachine, host, startAttested, startPlain } from './tls-stage.js'

const connections = 500
const repetitions = 3

export async function memoryRows(): Promise<readonly Row[]> {
  const machine = await createMachine()
  const [plain, attested] = [await startPlain(), await startAttested(machine.provider)]
  const client = attestedClient(machine, 'perConnection')
  const open = (): Promise<TLSSocket> => client.connect({ host, port: attested, protocols: ['raw'] })
  const extras: number[] = []
  for (let i = 0; i < repetitions; i++) {
    extras.push((await bytesOf(open)) - (await bytesOf(() => connectPlain(plain))))
  }
  const [value, high] = [minimum(extras) / 1024, Math.max(...extras) / 1024]
  return [
    rowOf({ name: 'idle connection over a plain one, KiB', target: 2, better: 'lower' }, { value, low: value, high })
  ]
}

/** Of one connection that `open` makes, of many that stay. */
async function bytesOf(open: () => Promise<TLSSocket>): Promise<number> {
  const kept: TLSSocket[] = []
  for (let i = 0; i < 50; i++) kept.push(await open())
  const before = usedBytes()
  for (let i = 0; i < connections; i++) kept.push(await open())
  const used = (usedBytes() - before) / connections
  for (const socket of kept) socket.destroy()
  return used
}

function usedBytes(): number {
  for (let i = 0; i < 4; i++) collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc()')
}
