import { describe, expect, it, vi } from 'vitest'
import { crypto } from '../../../packages/sdk/src/crypto/node/index.js'
import { processFreshness } from '../../../packages/sdk/src/seal/freshness/index.js'
import { codeOfAsync } from '../../support/coded.js'
import { FakeBroker } from './broker.js'
import { anchor, itKeepsVersions } from './contract.js'

describe('freshness', () => {
  itKeepsVersions('process', async () => ({ one: processFreshness(), other: processFreshness() }))

  itKeepsVersions('broker', async () => {
    const broker = new FakeBroker()
    return { one: broker.client(), other: broker.client() }
  })

  it('process: is the same for a second copy of the package', async () => {
    const storeId = crypto.randomBytes(16)
    await processFreshness().advance(storeId, undefined, anchor(1))
    vi.resetModules()
    const copy = await import('../../../packages/sdk/src/seal/freshness/index.js')
    expect(copy.processFreshness).not.toBe(processFreshness)
    expect(await copy.processFreshness().read(storeId)).toEqual(anchor(1))
  })

  it('broker: says that it cannot be asked, and forgets nothing meanwhile', async () => {
    const broker = new FakeBroker()
    const client = broker.client()
    const storeId = crypto.randomBytes(16)
    await client.advance(storeId, undefined, anchor(1))
    broker.isAway = true
    expect(await codeOfAsync(() => client.read(storeId))).toBe('ERR_STORE_ANCHOR')
    broker.isAway = false
    expect(await client.read(storeId)).toEqual(anchor(1))
  })
})
