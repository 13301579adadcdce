import { existsSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { run } from './run.js'

const isGuest = existsSync('/dev/sev-guest') || existsSync('/sys/kernel/config/tsm')

beforeEach(() => {
  vi.stubEnv('TRESOR_SIMULATOR', undefined)
})
afterEach(() => {
  vi.unstubAllEnvs()
})

describe.skipIf(isGuest)('detect on a machine without a TEE', () => {
  it('says so, with reason and remedy for each interface, and ends with 3', async () => {
    const { code, stdout, stderr } = await run(['detect'])
    expect(code).toBe(3)
    expect(stderr).toBe('')
    expect(stdout).toContain('✗ no trusted execution environment works here')
    expect(stdout).toMatch(/- snp-configfs\n {4}reason .*\n(.*\n)* {4}do /)
    expect(stdout).toContain('- snp-device')
  })

  it('is JSON on request', async () => {
    const { code, json } = await run(['detect', '--json'])
    expect(code).toBe(3)
    expect(json).toMatchObject({ found: false, alternatives: [] })
    expect(json.others.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['snp-configfs', 'snp-device'])
    )
  })

  it('finds the simulator when the environment asks for it, and calls it what it is', async () => {
    vi.stubEnv('TRESOR_SIMULATOR', '1')
    const { code, stdout } = await run(['detect'])
    expect(code).toBe(0)
    expect(stdout).toContain('! snp  by simulator  SIMULATED: proves nothing')
    const { json } = await run(['detect', '--json'])
    expect(json).toMatchObject({ found: true, kind: 'snp', provider: 'simulator', simulated: true })
  })
})
