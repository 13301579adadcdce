import { expect, test } from 'vitest'
import { toHex } from '../../packages/sdk/src/core/index.js'
import { Nonces } from '../../packages/sdk/src/tls/nonces.js'

test('nonces are 32 bytes, each another, and belong to whoever got them', () => {
  const nonces = new Nonces()
  const all = Array.from({ length: 1000 }, () => nonces.next())
  expect(new Set(all.map(toHex)).size).toBe(1000)
  expect(all.every(({ length, byteLength, buffer }) => length === 32 && buffer.byteLength === byteLength)).toBe(true)
})
