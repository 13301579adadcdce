import { expect, test } from 'vitest'
import { startTogetherAnew } from './start-together.js'

test('processes that start in one new directory at once are one platform', async () => {
  const { platforms, files } = await startTogetherAnew('tdx', 6)
  expect(platforms).toEqual(new Array(6).fill(platforms[0]))
  expect(files).toEqual(['tdx.json'])
})

test('processes that start in directories of their own are not', async () => {
  const [here, there] = await Promise.all([startTogetherAnew('tdx', 1), startTogetherAnew('tdx', 1)])
  expect(here.platforms).not.toEqual(there.platforms)
})
