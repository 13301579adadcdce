import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  examineAddon,
  examineCache,
  examineClock,
  examineDevices,
  examineMemory,
  examineNode,
  examineOptions,
  examineTee,
  type Machine,
  thisMachine
} from '../../packages/sdk/src/cli/doctor/index.js'
import { plainMachine, run } from './run.js'

const isGuest = existsSync('/dev/sev-guest') || existsSync('/sys/kernel/config/tsm')
const machine = (differences: Partial<Machine>): Machine => ({ ...plainMachine, ...differences })
const files = (texts: Record<string, string>): Partial<Machine> => ({ readText: async (path) => texts[path] })
const limits = (locked: string, core = '0'): string =>
  `Limit                     Soft Limit           Hard Limit           Units\nMax core file size        ${core}                    unlimited            bytes\nMax locked memory         ${locked}              8388608              bytes\n`

describe('Node', () => {
  it.each([
    ['v20.18.9', 'fail'],
    ['v18.20.0', 'fail'],
    ['v20.19.0', 'ok'],
    ['v24.1.0', 'ok']
  ])('%s is %s', (nodeVersion, level) => {
    expect(examineNode(machine({ nodeVersion })).level).toBe(level)
  })

  it.each([
    ['--inspect=0.0.0.0:9229', 'debugger'],
    ['--tls-keylog=/tmp/keys', 'keys of all TLS'],
    ['--report-on-fatalerror', 'after a failure'],
    ['--heapsnapshot-signal=SIGUSR2', 'memory of this process'],
    ['--require', 'loads code'],
    ['--import=./x.js', 'loads code'],
    ['--tls-min-v1.0', 'weakens TLS']
  ])('is warned of %s, in NODE_OPTIONS and on its own command line', (option, what) => {
    for (const findings of [
      examineOptions(plainMachine, { NODE_OPTIONS: `--max-old-space-size=1 ${option}` }),
      examineOptions(machine({ execArguments: [option] }), {})
    ]) {
      expect(findings).toMatchObject([{ level: 'warn', text: expect.stringContaining(what) }])
    }
  })

  it('is not warned of harmless options', () => {
    expect(examineOptions(machine({ execArguments: ['--max-old-space-size=4096'] }), { NODE_OPTIONS: ' ' })).toEqual([])
  })

  it('is warned of variables that undo TLS or turn on the simulator', () => {
    const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0', SSLKEYLOGFILE: '/tmp/k', TRESOR_SIMULATOR: '1' }
    expect(examineOptions(plainMachine, env).map(({ level }) => level)).toEqual(['warn', 'warn', 'warn'])
    expect(examineOptions(plainMachine, { NODE_TLS_REJECT_UNAUTHORIZED: '1', TRESOR_SIMULATOR: '0' })).toEqual([])
  })
})

describe('the clock', () => {
  it.each([
    ['1970-01-01T00:00:00Z', 'fail'],
    ['2025-12-31T23:59:59Z', 'fail'],
    ['2026-11-25T00:00:00Z', 'ok'],
    ['2199-01-01T00:00:00Z', 'fail']
  ])('at %s is %s', (time, level) => {
    expect(examineClock(new Date(time)).level).toBe(level)
  })
})

describe('interfaces', () => {
  const provider = (name: string, simulated = false) =>
    ({ kind: 'snp', name, simulated, collect: async () => Promise.reject(new Error('not asked')) }) as const

  it('that work are fine, the others are warnings with their remedy', () => {
    const others = [{ name: 'b', kind: 'snp', code: 'ERR_DEVICE_MISSING', reason: 'gone', remedy: 'load it' }] as const
    const tee = { kind: 'snp', provider: provider('a'), alternatives: [provider('sim', true)], others } as const
    expect(examineTee({ tee, others }).map(({ id, level }) => `${id} ${level}`)).toEqual(['a ok', 'sim warn', 'b warn'])
  })

  it('none of which works are a failure', () => {
    expect(examineTee({ others: [] })).toMatchObject([{ id: 'tee', level: 'fail' }])
  })

  it('are devices that exist, and configfs', async () => {
    const access: Machine['access'] = async (path) =>
      path === '/dev/nsm' ? 'usable' : path === '/dev/sev-guest' ? 'forbidden' : 'missing'
    const findings = await examineDevices(
      machine({ access, ...files({ '/proc/mounts': 'none /k configfs rw 0 0\n' }) })
    )
    expect(findings.map(({ level, text }) => `${level} ${text.split(' ')[0]}`)).toEqual([
      'warn /dev/sev-guest',
      'ok /dev/nsm',
      'ok configfs'
    ])
    expect(await examineDevices(plainMachine)).toMatchObject([{ id: 'configfs', level: 'warn' }])
  })
})

describe('memory', () => {
  it.each([
    ['unlimited', 'ok'],
    ['8388608', 'ok'],
    ['65536', 'warn']
  ])('of which %s can be locked is %s', async (limit, level) => {
    const findings = await examineMemory(machine(files({ '/proc/self/limits': limits(limit) })))
    expect(findings).toMatchObject([{ id: 'memlock', level }])
  })

  it('that may reach a disk is a warning', async () => {
    const texts = {
      '/proc/self/limits': limits('unlimited', 'unlimited'),
      '/proc/swaps': 'Filename\n/swap file 1 0 -2\n'
    }
    const findings = await examineMemory(machine(files(texts)))
    expect(findings.map(({ id, level }) => `${id} ${level}`)).toEqual(['memlock ok', 'core-dumps warn', 'swap warn'])
  })

  it('is looked at on Linux only', async () => {
    expect(await examineMemory(machine({ platform: 'darwin' }))).toEqual([])
  })
})

describe('addon and cache', () => {
  it('an addon that does not load is a warning with a remedy', async () => {
    expect(await examineAddon(plainMachine)).toMatchObject({ level: 'ok' })
    const broken = machine({ addonProblem: async () => 'native addon: gone' })
    expect(await examineAddon(broken)).toMatchObject({ level: 'warn', remedy: expect.stringContaining('npm install') })
  })

  it('a cache is counted, and a warning where it cannot be written', async () => {
    expect(await examineCache(plainMachine, '/c')).toMatchObject({ level: 'ok', text: expect.stringContaining('yet') })
    const found = { listSizes: async () => [1024, 1] }
    expect(await examineCache(machine({ ...found, access: async () => 'usable' }), '/c')).toMatchObject({
      level: 'ok',
      text: '2 items of collateral are cached in /c (2 KiB)'
    })
    expect(await examineCache(machine({ ...found, access: async () => 'forbidden' }), '/c')).toMatchObject({
      level: 'warn'
    })
  })
})

describe.skipIf(isGuest)('doctor on a machine without a TEE', () => {
  it('ends with 3 and says what works nevertheless', async () => {
    const { code, stdout } = await run(['doctor'])
    expect(code).toBe(3)
    expect(stdout).toContain('✓ Node v22.1.0')
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('This machine can verify evidence, but not attest.')
  })

  it('says when nothing works', async () => {
    const { code, stdout } = await run(['doctor'], { now: new Date(0) })
    expect(code).toBe(3)
    expect(stdout).toContain('This machine needs attention first.')
  })

  it('is JSON on request', async () => {
    const { json } = await run(['doctor', '--json'])
    expect(json).toMatchObject({ canVerify: true, canAttest: false })
    for (const finding of json.findings) expect(['ok', 'warn', 'fail']).toContain(finding.level)
  })

  it('ends with 0 where the simulator was asked for, loudly', async () => {
    process.env.TRESOR_SIMULATOR = '1'
    const { code, stdout } = await run(['doctor'], { env: { TRESOR_SIMULATOR: '1' } })
    delete process.env.TRESOR_SIMULATOR
    expect(code).toBe(0)
    expect(stdout).toContain('! simulator works, and proves nothing')
  })
})

describe('this machine', () => {
  it('is described without failing', async () => {
    expect(thisMachine.nodeVersion).toBe(process.version)
    expect(await thisMachine.readText('/nowhere')).toBeUndefined()
    expect(await thisMachine.access('/nowhere')).toBe('missing')
    expect(await thisMachine.access('/dev/null')).toBe('usable')
    expect(await thisMachine.listSizes('/nowhere')).toBeUndefined()
    expect(await thisMachine.listSizes(import.meta.dirname)).not.toEqual([])
    expect(['undefined', 'string']).toContain(typeof (await thisMachine.addonProblem()))
  })
})
