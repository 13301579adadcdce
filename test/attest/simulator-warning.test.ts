import { expect, test, vi } from 'vitest'
import { simulator } from '../../packages/sdk/src/attest/index.js'

test('says once, on stderr, that a simulator is in use', () => {
  const write = vi.spyOn(process.stderr, 'write').mockImplementation(() => true)
  simulator()
  simulator({ product: 'Genoa' })
  expect(write.mock.calls.map(([line]) => line)).toEqual([expect.stringContaining('not a TEE')])
  write.mockRestore()
})
