// What every keeper of versions must do, whatever it detects. Run against each of them.
import { expect, it } from 'vitest'
import { crypto } from '../../../packages/sdk/src/crypto/node/index.js'
import type { Anchor, Freshness } from '../../../packages/sdk/src/seal/freshness/freshness.js'
import { codeOfAsync } from '../../support/coded.js'

/** Two keepers that are one: what one does, the other sees. */
export interface FreshnessPair {
  readonly one: Freshness
  readonly other: Freshness
}

export function anchor(sequence: number, variant = 0): Anchor {
  return { sequence: BigInt(sequence), rootHash: new Uint8Array(32).fill(sequence * 16 + variant) }
}

export function itKeepsVersions(name: string, open: () => Promise<FreshnessPair>): void {
  const start = async () => ({ ...(await open()), storeId: crypto.randomBytes(16) })

  it(`${name}: knows nothing of a store never seen`, async () => {
    const { one, storeId } = await start()
    expect(await one.read(storeId)).toBeUndefined()
  })

  it(`${name}: remembers each version, for all who ask`, async () => {
    const { one, other, storeId } = await start()
    await one.advance(storeId, undefined, anchor(1))
    expect(await other.read(storeId)).toEqual(anchor(1))
    await other.advance(storeId, anchor(1), anchor(2))
    expect(await one.read(storeId)).toEqual(anchor(2))
  })

  it(`${name}: refuses to advance from a version that is not the newest`, async () => {
    const { one, other, storeId } = await start()
    await one.advance(storeId, undefined, anchor(1))
    await one.advance(storeId, anchor(1), anchor(2))
    for (const [expected, next] of [
      [anchor(1), anchor(2, 1)],
      [anchor(2, 1), anchor(3)],
      [undefined, anchor(1, 1)],
      [anchor(3), anchor(4)]
    ] as const) {
      expect(await codeOfAsync(() => other.advance(storeId, expected, next))).toBe('ERR_SEALED_ROLLBACK')
    }
    expect(await one.read(storeId)).toEqual(anchor(2))
  })

  it(`${name}: refuses a next version whose number is not higher`, async () => {
    const { one, storeId } = await start()
    await one.advance(storeId, undefined, anchor(2))
    expect(await codeOfAsync(() => one.advance(storeId, anchor(2), anchor(2, 1)))).toBe('ERR_USAGE_OPTION')
    expect(await codeOfAsync(() => one.advance(storeId, anchor(2), anchor(1)))).toBe('ERR_USAGE_OPTION')
    expect(await one.read(storeId)).toEqual(anchor(2))
  })

  it(`${name}: takes the same step twice for one`, async () => {
    const { one, other, storeId } = await start()
    await one.advance(storeId, undefined, anchor(1))
    await other.advance(storeId, undefined, anchor(1))
    await one.advance(storeId, anchor(1), anchor(2))
    await other.advance(storeId, anchor(1), anchor(2))
    expect(await one.read(storeId)).toEqual(anchor(2))
  })

  it(`${name}: lets one of two that race for the same step win`, async () => {
    const { one, other, storeId } = await start()
    await one.advance(storeId, undefined, anchor(1))
    const outcomes = await Promise.all([
      codeOfAsync(() => one.advance(storeId, anchor(1), anchor(2, 1))),
      codeOfAsync(() => other.advance(storeId, anchor(1), anchor(2, 2)))
    ])
    expect(outcomes.toSorted()).toEqual(['ERR_SEALED_ROLLBACK', 'none'])
    expect(await other.read(storeId)).toEqual(anchor(2, outcomes[0] === 'none' ? 1 : 2))
  })

  it(`${name}: goes back only when it is told to knowingly`, async () => {
    const { one, other, storeId } = await start()
    await one.advance(storeId, undefined, anchor(1))
    await one.advance(storeId, anchor(1), anchor(2))
    await other.reset(storeId, anchor(1))
    expect(await one.read(storeId)).toEqual(anchor(1))
    await one.advance(storeId, anchor(1), anchor(2, 1))
    expect(await other.read(storeId)).toEqual(anchor(2, 1))
  })

  it(`${name}: keeps what it remembers when the caller changes its bytes`, async () => {
    const { one, storeId } = await start()
    const mine = anchor(1)
    await one.advance(storeId, undefined, mine)
    mine.rootHash.fill(0)
    const read = await one.read(storeId)
    read?.rootHash.fill(1)
    expect(await one.read(storeId)).toEqual(anchor(1))
  })

  it(`${name}: refuses what is no version`, async () => {
    const { one, storeId } = await start()
    const wrong: readonly Anchor[] = [
      { sequence: 0n, rootHash: new Uint8Array(32) },
      { sequence: 1n << 64n, rootHash: new Uint8Array(32) },
      { sequence: 1n, rootHash: new Uint8Array(31) }
    ]
    for (const next of wrong) {
      expect(await codeOfAsync(() => one.advance(storeId, undefined, next))).toBe('ERR_USAGE_OPTION')
      expect(await codeOfAsync(() => one.reset(storeId, next))).toBe('ERR_USAGE_OPTION')
    }
    expect(await codeOfAsync(() => one.read(new Uint8Array(15)))).toBe('ERR_USAGE_OPTION')
  })
}
