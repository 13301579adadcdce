import { existsSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { detect, probe } from '../../packages/sdk/src/attest/index.js'

const isGuest = existsSync('/dev/sev-guest') || existsSync('/dev/tdx_guest') || existsSync('/sys/kernel/config/tsm')

beforeEach(() => {
  vi.stubEnv('TRESOR_SIMULATOR', undefined)
})
afterEach(() => {
  vi.unstubAllEnvs()
})

describe.skipIf(isGuest)('on a machine without a TEE', () => {
  test('says for each interface why it does not work and what to do', async () => {
    const { tee, others } = await probe()
    expect(tee).toBeUndefined()
    expect(others).toEqual([
      {
        name: 'snp-configfs',
        kind: 'snp',
        code: 'ERR_DEVICE_MISSING',
        reason: expect.stringContaining('configfs-tsm'),
        remedy: expect.stringContaining('modprobe sev-guest')
      },
      {
        name: 'tdx-configfs',
        kind: 'tdx',
        code: 'ERR_DEVICE_MISSING',
        reason: expect.stringContaining('configfs-tsm'),
        remedy: expect.stringContaining('tdx-guest')
      },
      {
        name: 'snp-device',
        kind: 'snp',
        code: 'ERR_DEVICE_MISSING',
        reason: expect.stringContaining('/dev/sev-guest'),
        remedy: expect.stringContaining('modprobe sev-guest')
      },
      {
        name: 'tdx-device',
        kind: 'tdx',
        code: 'ERR_DEVICE_MISSING',
        reason: expect.stringContaining('/dev/tdx_guest'),
        remedy: expect.stringContaining('modprobe tdx-guest')
      }
    ])
  })

  test('detect fails with all of that', async () => {
    await expect(detect()).rejects.toMatchObject({
      code: 'ERR_TEE_NOT_FOUND',
      message: expect.stringContaining('snp-configfs'),
      details: {
        others: ['snp-configfs', 'tdx-configfs', 'snp-device', 'tdx-device'].map((name) =>
          expect.objectContaining({ name })
        ),
        remedy: expect.stringContaining('TRESOR_SIMULATOR=1')
      }
    })
  })

  test.each([{ simulator: true }, { simulator: { product: 'Genoa' as const } }])(
    'takes the simulator when the caller asks for it: %j',
    async (options) => {
      const { provider, others, kind } = await detect(options)
      expect(provider).toMatchObject({ name: 'simulator', simulated: true })
      expect(kind).toBe('snp')
      expect(others).toHaveLength(4)
    }
  )

  test('takes the simulator when the environment asks for it', async () => {
    vi.stubEnv('TRESOR_SIMULATOR', '1')
    expect((await detect()).provider.name).toBe('simulator')
  })

  test('takes the one for TDX where that is asked for', async () => {
    const tdx = { kind: 'tdx', provider: { name: 'tdx-simulator', simulated: true } }
    await expect(detect({ simulator: { tee: 'tdx', version: 5 } })).resolves.toMatchObject(tdx)
    vi.stubEnv('TRESOR_SIMULATOR', 'tdx')
    await expect(detect()).resolves.toMatchObject(tdx)
  })

  test.each(['0', 'true', ''])('does not take it for TRESOR_SIMULATOR=%s', async (value) => {
    vi.stubEnv('TRESOR_SIMULATOR', value)
    await expect(detect()).rejects.toMatchObject({ code: 'ERR_TEE_NOT_FOUND' })
  })

  test('the caller can refuse what the environment asks for', async () => {
    vi.stubEnv('TRESOR_SIMULATOR', '1')
    await expect(detect({ simulator: false })).rejects.toMatchObject({ code: 'ERR_TEE_NOT_FOUND' })
  })
})

test.each([[{ simulate: true }], [null], [{ simulator: { colour: 1 } }]])(
  'refuses wrong options: %j',
  async (options) => {
    await expect(detect(options as object)).rejects.toMatchObject({ code: 'ERR_USAGE_OPTION' })
  }
)
