// The command around the proxy: flags, files, signals, logs, exit codes.
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, connect as netConnect, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Io } from '../../packages/sdk/src/cli/index.js'
import { LogLimiter } from '../../packages/sdk/src/cli/proxy/log-limiter.js'
import { connect } from '../../packages/sdk/src/tls/raw/index.js'
import { parsePolicy } from '../../packages/sdk/src/verify/index.js'
import { listen, policyOf, testProvider, textOf } from '../tls/support.js'
import { type RunResult, run, simulatorDirectory, temporaryDirectory } from './run.js'

const directory = temporaryDirectory()
const policyPath = join(directory, 'policy.json')
const simulator = ['--simulator', simulatorDirectory]
let backend: number
const sockets = new Set<Socket>()

beforeAll(async () => {
  const { stdout } = await run(['policy', 'from', await attested()])
  writeFileSync(policyPath, stdout)
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket.on('error', () => undefined))
    socket.pipe(socket)
  })
  server.unref()
  backend = await listen(server)
})
afterEach(() => {
  for (const socket of sockets) socket.destroy()
})

async function attested(): Promise<string> {
  const path = join(directory, 'evidence.cmw')
  await run(['attest', ...simulator, '--nonce', '00'.repeat(32), '--out', path])
  return path
}

/** A proxy that runs in this process, and what it has written so far. */
interface Running {
  readonly ended: Promise<RunResult>
  signal(name: 'SIGHUP' | 'SIGINT' | 'SIGTERM'): void
  log(): string
  until(words: string | RegExp): Promise<void>
  /** Of the first listener. */
  port(): number
}

function start(args: readonly string[]): Running {
  const listeners = new Map<string, Set<() => void>>()
  const onSignal: Io['onSignal'] = (name, listener) => {
    const all = listeners.get(name) ?? new Set()
    listeners.set(name, all.add(listener))
    return () => all.delete(listener)
  }
  let text = ''
  const onWrite = (data: string): void => {
    text += data
  }
  const ended = run(['proxy', ...args], { onSignal, onWrite })
  return {
    ended,
    signal: (name) => {
      for (const listener of listeners.get(name) ?? []) listener()
    },
    log: () => text,
    until: async (words) => {
      let isOver = false
      ended.then(() => {
        isOver = true
      })
      while (typeof words === 'string' ? !text.includes(words) : !words.test(text)) {
        if (isOver) throw new Error(`the proxy ended without ${words}:\n${text}`)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    },
    port: () => Number(/127\.0\.0\.1:(\d+)(?:, leads|","leadsTo)/.exec(text)?.[1])
  }
}

async function echo(port: number, words: string): Promise<string> {
  const socket = netConnect({ host: '127.0.0.1', port, allowHalfOpen: true })
  socket.end(words)
  return textOf(socket)
}

describe('tresor proxy', () => {
  it('carries bytes in both directions until SIGTERM, and ends with 0', async () => {
    const inside = start(['--listen', '127.0.0.1:0', '--to', `127.0.0.1:${backend}`, ...simulator])
    await inside.until('listening')
    const outside = start([
      '--listen',
      '127.0.0.1:0',
      '--connect',
      `127.0.0.1:${inside.port()}`,
      '--policy',
      policyPath,
      '--evidence-only',
      '--json'
    ])
    await outside.until('listening')
    expect(await echo(outside.port(), 'through both')).toBe('through both')
    outside.signal('SIGTERM')
    inside.signal('SIGINT')
    const [a, b] = await Promise.all([outside.ended, inside.ended])
    expect([a.code, b.code]).toEqual([0, 0])
    expect(b.stdout).toBe('')
    expect(b.stderr).toMatch(
      /^\S+Z 127\.0\.0\.1:0: listening on 127\.0\.0\.1:\d+, leads to 127\.0\.0\.1:\d+\n\S+Z ended\n$/
    )
    const lines = a.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.map(({ event }) => event)).toEqual(['listening', 'closed'])
  })

  it('tells of each connection with --verbose, and of refusals always', async () => {
    const inside = start([
      '--listen',
      '127.0.0.1:0',
      '--to',
      `127.0.0.1:${backend}`,
      ...simulator,
      '--verbose',
      '--json'
    ])
    await inside.until('listening')
    const other = await policyOf(testProvider({ measurement: new Uint8Array(48).fill(7) }))
    const port = inside.port()
    await expect(connect({ host: '127.0.0.1', port, policy: other, trust: 'evidence-only' })).rejects.toThrow()
    await inside.until('"refused"')
    inside.signal('SIGTERM')
    const { stdout } = await inside.ended
    expect(stdout).toContain('"code":"ERR_POLICY_PEER"')
  })

  it('reads everything again on SIGHUP, and keeps what it has when that is wrong', async () => {
    const config = join(directory, 'proxy.json')
    const route = { name: 'shop', listen: '127.0.0.1:0', to: `127.0.0.1:${backend}` }
    const write = (value: unknown): void => writeFileSync(config, JSON.stringify(value))
    write({ routes: [route] })
    const proxy = start(['--config', config, ...simulator])
    await proxy.until('shop: listening')
    write({ routes: [{ ...route, unknown: 1 }] })
    proxy.signal('SIGHUP')
    await proxy.until('reload failed: proxy.routes[0]: unknown option')
    await proxy.until('stays in force')
    writeFileSync(config, '{')
    proxy.signal('SIGHUP')
    await proxy.until('proxy.json: proxy configuration: not JSON')
    write({ routes: [route, { ...route, name: 'second' }] })
    proxy.signal('SIGHUP')
    await proxy.until('reloaded: 2 routes')
    await proxy.until('second: listening')
    proxy.signal('SIGTERM')
    expect((await proxy.ended).code).toBe(0)
  })

  it('finds the files that a configuration names beside it', async () => {
    const config = join(directory, 'client.json')
    const route = {
      listen: '127.0.0.1:0',
      connect: 'enclave.example:443',
      policy: 'policy.json',
      trust: 'evidence-only'
    }
    writeFileSync(config, JSON.stringify({ routes: [route] }))
    const { code, stdout } = await run(['proxy', '--config', config, '--check'])
    expect(stdout).toBe('✓ this configuration would start\n')
    expect(code).toBe(0)
    expect((await run(['proxy', '--config', config, '--check', '--json'])).json).toEqual({ ok: true })
  })

  it('ends at once with a second signal', async () => {
    const proxy = start(['--listen', '127.0.0.1:0', '--to', `127.0.0.1:${backend}`, ...simulator, '--drain', '3600'])
    await proxy.until('listening')
    const policy = parsePolicy(readFileSync(policyPath, 'utf8'))
    const socket = await connect({ host: '127.0.0.1', port: proxy.port(), policy, trust: 'evidence-only' })
    socket.on('error', () => undefined).resume()
    proxy.signal('SIGTERM')
    await proxy.until('1 connections have 3600 s to finish')
    const closed = new Promise((resolve) => socket.once('close', resolve))
    proxy.signal('SIGTERM')
    expect((await proxy.ended).code).toBe(0)
    await closed
    expect(proxy.log()).toContain('1 connections were cut')
  })

  it('ends before it has begun where a signal comes early', async () => {
    const proxy = start(['--listen', '127.0.0.1:0', '--to', `127.0.0.1:${backend}`, ...simulator])
    proxy.signal('SIGTERM')
    expect((await proxy.ended).code).toBe(0)
  })
})

describe('exit code 2 for', () => {
  const inside = ['--listen', '127.0.0.1:0', '--to', '127.0.0.1:1']
  const outside = ['--listen', '127.0.0.1:0', '--connect', 'enclave:1', '--policy', policyPath]
  it.each([
    ['no route', []],
    ['no direction', ['--listen', ':1']],
    ['both directions', [...inside, '--connect', 'x:1']],
    ['an option of the other direction', [...inside, '--policy', 'p']],
    ['an option of the other direction', [...outside, '--evidence-only', '--clients', 'p']],
    ['a client without trust', outside],
    ['a client with two kinds of trust', [...outside, '--evidence-only', '--system-ca']],
    ['a client without a policy', ['--listen', '127.0.0.1:0', '--connect', 'x:1', '--evidence-only']],
    [
      'a policy that is not there',
      ['--listen', '127.0.0.1:0', '--connect', 'x:1', '--evidence-only', '--policy', 'none.json']
    ],
    ['half a certificate', [...inside, '--cert', 'x']],
    ['a file and flags', ['--config', 'x', ...inside]],
    ['a file on standard input', ['--config', '-']],
    ['a file that is not there', ['--config', join(directory, 'none.json')]],
    ['a backend on another machine', ['--listen', ':1', '--to', '10.0.0.1:1', ...simulator]],
    ['a plain listener for all', ['--listen', ':1', '--connect', 'x:1', '--policy', policyPath, '--evidence-only']],
    ['a wrong number of seconds', [...inside, ...simulator, '--drain', '1.5']]
  ])('%s', async (_, args) => {
    const { code, stderr } = await run(['proxy', ...args])
    expect(stderr).toMatch(/ERR_USAGE_\w+/)
    expect(code).toBe(2)
  })
})

describe('exit code 3 for', () => {
  it('a port that is taken', async () => {
    const { code, stderr } = await run([
      'proxy',
      '--listen',
      `127.0.0.1:${backend}`,
      '--to',
      '127.0.0.1:1',
      ...simulator
    ])
    expect(stderr).toContain('ERR_PROXY_LISTEN')
    expect(stderr).toContain('another process listens there')
    expect(code).toBe(3)
  })
})

describe('lines about refusals', () => {
  it('are few, whatever comes, and are counted', () => {
    let now = 0
    const limiter = new LogLimiter(() => now)
    const passed = Array.from({ length: 100 }, () => limiter.ask('a')).filter(({ passes }) => passes)
    expect(passed).toHaveLength(20)
    expect(limiter.ask('b')).toEqual({ passes: true, suppressed: 0 })
    now = 10_000
    expect(limiter.ask('a')).toEqual({ passes: true, suppressed: 80 })
    expect(limiter.ask('a')).toEqual({ passes: true, suppressed: 0 })
  })
})
