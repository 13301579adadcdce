import { expect, test } from 'vitest'
import { startTogetherAnew } from '../attest/start-together.js'

/** Each process makes three RSA keys before it sees who was first: seconds, and too many for every day. */
test('processes that start in one new directory at once share one chip and one fake vendor', async () => {
  const { platforms, files } = await startTogetherAnew('snp', 3)
  expect(platforms).toEqual(new Array(3).fill(platforms[0]))
  expect(platforms[0]).toHaveLength(4)
  expect(files).toEqual(['snp-milan.json'])
}, 180_000)
