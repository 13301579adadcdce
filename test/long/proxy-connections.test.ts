// 10,000 connections that stay open, through a proxy on either side: programs, the client's proxy, the server's proxy and the backend are
// a process each. Where a process may not have two descriptors for each connection there are fewer, and the number is printed.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { bundleProgram } from '../kernel/support/bundle-program.js'
import { descriptorLimit } from '../support/descriptor-limit.js'
import type { Holding } from '../tls/proxy/crowd.program.js'
import { metric } from '../tls/proxy/stage.js'
import { host, policyOf, testProvider } from '../tls/support.js'

const wanted = Number(process.env.TRESOR_PROXY_CONNECTIONS ?? 10_000)
const count = Math.min(wanted, Math.floor((descriptorLimit() - 100) / 2))

/** Beyond what was seen when this was written, 65 KiB inside and 70 KiB outside: both ends of TLS, and two sockets. */
const maxResidentKiB = 110

interface Member {
  readonly port: number
  holding(): Promise<Holding>
}

const children: ReturnType<typeof fork>[] = []
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
})

test(`${count} connections through two proxies echo, cost what they may, and leave nothing behind`, async () => {
  const program = await bundleProgram(join(import.meta.dirname, '../tls/proxy/crowd.program.ts'), 'proxy-crowd')
  const backend = await startMember(program, 'backend')
  const inside = await startMember(program, 'inside', `${host}:${backend.port}`)
  const policy = JSON.stringify(await policyOf(testProvider()))
  const outside = await startMember(program, 'outside', `${host}:${inside.port}`, policy)
  const proxies = { inside, outside }
  const crowd = await openCrowd(outside.port, 50) // what a process makes once is there before it is weighed
  await closeAll(crowd, outside)
  const before = await hold(proxies)

  const sockets = await openCrowd(outside.port, count)
  expect(await echoes(sockets)).toBe(count)
  const open = await hold(proxies)
  for (const name of ['inside', 'outside'] as const) {
    const residentKiB = (open[name].residentBytes - before[name].residentBytes) / count / 1024
    const heapKiB = (open[name].heapBytes - before[name].heapBytes) / count / 1024
    console.log(
      `${name}: ${count} connections, ${residentKiB.toFixed(1)} KiB each, of them ${heapKiB.toFixed(1)} KiB of JavaScript`
    )
    expect(openIn(open[name], name)).toBe(count)
    expect(open[name].descriptors - before[name].descriptors).toBe(2 * count)
    expect(residentKiB).toBeLessThan(maxResidentKiB)
  }

  const half = sockets.splice(0, Math.floor(count / 2))
  for (const socket of half) socket.resetAndDestroy()
  await untilOpen(proxies, sockets.length)
  expect(await echoes(sockets)).toBe(sockets.length)
  const halved = await hold(proxies)
  for (const name of ['inside', 'outside'] as const) {
    expect(halved[name].descriptors - before[name].descriptors).toBe(2 * sockets.length)
  }

  await closeAll(sockets, outside)
  await untilOpen(proxies, 0)
  const after = await hold(proxies)
  for (const name of ['inside', 'outside'] as const) {
    expect(after[name].descriptors).toBe(before[name].descriptors)
    const heldKiB = (after[name].heapBytes - before[name].heapBytes) / 1024
    console.log(`${name}: ${heldKiB.toFixed(0)} KiB of JavaScript more than before, with all of them gone`)
    expect(heldKiB).toBeLessThan(2048 + 0.2 * count) // compiled code, and room that the engine keeps; not one object for each
  }
}, 900_000)

async function startMember(program: string, ...list: string[]): Promise<Member> {
  const child = fork(program, list, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  children.push(child)
  const [port] = await once(child, 'message')
  return {
    port,
    holding: async () => {
      const answer = once(child, 'message')
      child.send('weigh')
      return (await answer)[0]
    }
  }
}

/** Connects so many programs, some at a time; each has heard its own word back when this returns. */
async function openCrowd(port: number, size: number): Promise<Socket[]> {
  const sockets: Socket[] = []
  let next = 0
  const connectSome = async (): Promise<void> => {
    while (next < size) {
      next++
      const socket = connect({ port, host, noDelay: true })
      sockets.push(socket)
      await echo(socket, 'hello')
    }
  }
  await Promise.all(Array.from({ length: 200 }, connectSome))
  return sockets
}

async function echo(socket: Socket, word: string): Promise<boolean> {
  socket.write(word)
  const [data] = await once(socket, 'data')
  return String(data) === word
}

/** How many give back what they are told, all of them at once. */
async function echoes(sockets: readonly Socket[]): Promise<number> {
  const answers = await Promise.all(sockets.map((socket, i) => echo(socket, `word ${i}`)))
  return answers.filter(Boolean).length
}

async function closeAll(sockets: readonly Socket[], outside: Member): Promise<void> {
  for (const socket of sockets) socket.end()
  await untilOpen({ outside }, 0)
}

async function untilOpen(proxies: Readonly<Record<string, Member>>, expected: number): Promise<void> {
  for (const [name, member] of Object.entries(proxies)) {
    let open: number | undefined
    while (open !== expected) {
      open = openIn(await member.holding(), name)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

async function hold<T extends string>(proxies: Readonly<Record<T, Member>>): Promise<Record<T, Holding>> {
  const entries = Object.entries<Member>(proxies).map(async ([name, member]) => [name, await member.holding()])
  return Object.fromEntries(await Promise.all(entries))
}

function openIn({ metrics }: Holding, name: string): number | undefined {
  return metric(metrics, `tresor_proxy_connections_open{route="${name}"}`)
}
