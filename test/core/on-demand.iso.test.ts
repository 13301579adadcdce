import { describe, expect, it, vi } from 'vitest'
import { onDemand, UnavailableError } from '../../packages/sdk/src/core/index.js'

describe('a part that is loaded on demand', () => {
  it('is loaded once for all who ask', async () => {
    const load = vi.fn(async () => ({}))
    const part = onDemand(load)
    expect(load).not.toHaveBeenCalled()
    const [first, second] = await Promise.all([part(), part()])
    expect(first).toBe(second)
    expect(await part()).toBe(first)
    expect(load).toHaveBeenCalledTimes(1)
  })

  it('is asked for again after a failure, which says that it is missing and why', async () => {
    const cause = new TypeError('Failed to fetch dynamically imported module')
    const load = vi.fn<() => Promise<string>>().mockRejectedValueOnce(cause).mockResolvedValueOnce('there')
    const part = onDemand(load)
    const failure = await part().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(UnavailableError)
    expect(failure).toMatchObject({ code: 'ERR_PART_MISSING', cause })
    expect(await part()).toBe('there')
  })
})
