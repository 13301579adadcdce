// The sealer of objects as the store sees it: who an object is, in what it is sealed, and what it refuses.
import { describe, expect, it } from 'vitest'
import { allocateLocked } from '../../../packages/sdk/src/native/index.js'
import { createObjectSealer } from '../../../packages/sdk/src/seal/format/cobblestone/index.js'
import type { ObjectIdentity, ObjectKind, ObjectSealer } from '../../../packages/sdk/src/seal/format/object-sealer.js'
import { codeOf, codeOfAsync } from '../../support/coded.js'
import { bytesOf } from '../../support/pattern.js'
import { seeded } from '../../support/seeded.js'
import { describeWithAeads } from './aeads.js'

const key = new Uint8Array(32).fill(7)
const identity: ObjectIdentity = {
  storeId: new Uint8Array(16).fill(1),
  objectId: new Uint8Array(16).fill(2),
  generation: 3n,
  epoch: 4,
  kind: 'content'
}
const kinds: readonly ObjectKind[] = ['index', 'delta', 'root', 'value', 'file']

/** Who it is not. */
const others: readonly (readonly [string, ObjectIdentity])[] = [
  ['object', { ...identity, objectId: new Uint8Array(16).fill(3) }],
  ['store', { ...identity, storeId: new Uint8Array(16).fill(3) }],
  ['generation', { ...identity, generation: 4n }],
  ['generation far away', { ...identity, generation: 2n ** 64n - 1n }],
  ...kinds.map((kind) => [`kind ${kind}`, { ...identity, kind }] as const)
]

const lengths = [0, 1, 16_383, 16_384, 16_385, 32_768, 200_000]

describeWithAeads('a sealer of objects', (load) => {
  const create = async (): Promise<ObjectSealer> =>
    createObjectSealer({ key, epoch: 4 }, { aead: await load(), random: (length) => new Uint8Array(length).fill(9) })

  it.each(lengths)('opens what it sealed: %i bytes', async (length) => {
    const sealer = await create()
    const sealed = sealer.seal(identity, bytesOf(length))
    expect(sealed.length).toBe(sealer.sealedLength(length))
    expect(Buffer.compare(sealer.open(identity, sealed), bytesOf(length))).toBe(0)
  })

  it.each(lengths)('writes the same in pieces of any size as at once: %i bytes', async (length) => {
    const sealer = await create()
    const whole = sealer.seal(identity, bytesOf(length))
    for (const step of [997, 16_384, 16_383, 150_000]) {
      const writer = sealer.createWriter(identity)
      const parts: Uint8Array[] = []
      const all = bytesOf(length)
      for (let at = 0; at < length; at += step) parts.push(await writer.update(all.subarray(at, at + step)))
      parts.push(await writer.finish())
      expect(Buffer.concat(parts).equals(whole)).toBe(true)
    }
  })

  it('keeps the order of pieces that are not waited for', async () => {
    const sealer = await create()
    const writer = sealer.createWriter(identity)
    const all = bytesOf(600_000)
    const parts = [writer.update(all.subarray(0, 400_000)), writer.update(all.subarray(400_000)), writer.finish()]
    expect(Buffer.concat(await Promise.all(parts)).equals(sealer.seal(identity, all))).toBe(true)
  })

  it('writes the same into memory that is given back, and never into what is not its own', async () => {
    const sealer = await create()
    const writer = sealer.createWriter(identity)
    const all = bytesOf(3_000_000)
    const [parts, foreign] = [[] as Uint8Array[], new Uint8Array(400_000).fill(1)]
    writer.release?.(foreign)
    for (let at = 0; at < all.length; at += 300_000) {
      const part = await writer.update(all.subarray(at, at + 300_000))
      parts.push(part.slice())
      writer.release?.(part)
      writer.release?.(part)
    }
    parts.push(await writer.finish())
    expect(Buffer.concat(parts).equals(sealer.seal(identity, all))).toBe(true)
    expect(foreign.every((byte) => byte === 1)).toBe(true)
  })

  it('does not look at the plaintext again once update has returned', async () => {
    const sealer = await create()
    const writer = sealer.createWriter(identity)
    const input = bytesOf(3_000_000)
    const part = writer.update(input)
    input.fill(0)
    const sealed = Buffer.concat([await part, await writer.finish()])
    expect(Buffer.from(sealer.open(identity, sealed)).equals(bytesOf(3_000_000))).toBe(true)
  })

  it('reads any range, also where the ciphertext comes from elsewhere', async () => {
    const sealer = await create()
    const plaintext = bytesOf(300_000)
    const reader = await sealer.openReader(identity, inMemory(sealer.seal(identity, plaintext)))
    const random = seeded(5)
    expect(reader.length).toBe(plaintext.length)
    await reader.verifyLength()
    for (let round = 0; round < 60; round++) {
      const offset = Math.floor(random() * (plaintext.length + 1))
      const length = Math.floor(random() * (plaintext.length - offset + 1))
      expect(Buffer.compare(await reader.read(offset, length), plaintext.subarray(offset, offset + length))).toBe(0)
    }
    expect(await codeOfAsync(() => reader.read(0, plaintext.length + 1))).toBe('ERR_USAGE_OPTION')
    expect(await codeOfAsync(() => reader.read(-1, 1))).toBe('ERR_USAGE_OPTION')
    reader.close()
    expect(await codeOfAsync(() => reader.read(0, 1))).toBe('ERR_STORE_CLOSED')
  })

  it.each(others)('does not take an object for one of another %s', async (_, other) => {
    const sealer = await create()
    const sealed = sealer.seal(identity, bytesOf(100))
    expect(codeOf(() => sealer.open(other, sealed))).toBe('ERR_SEALED_AUTH')
    expect(await codeOfAsync(() => sealer.openReader(other, inMemory(sealed)))).toBe('ERR_SEALED_AUTH')
  })

  it('does not open with another key', async () => {
    const sealed = (await create()).seal(identity, bytesOf(100))
    const aead = await load()
    const other = await createObjectSealer({ key: new Uint8Array(32), epoch: 4 }, { aead, random: bytesOf })
    expect(codeOf(() => other.open(identity, sealed))).toBe('ERR_SEALED_AUTH')
  })

  it('gives nothing out of a range in which a bit was changed, and the rest as before', async () => {
    const sealer = await create()
    const plaintext = bytesOf(100_000)
    const sealed = sealer.seal(identity, plaintext)
    sealed[56 + 2 * 16_400 + 5] = (sealed[56 + 2 * 16_400 + 5] as number) ^ 1 // within the message
    const reader = await sealer.openReader(identity, inMemory(sealed))
    const target = new Uint8Array(100_000).fill(1)
    expect(await codeOfAsync(() => reader.readInto(target, 0))).toBe('ERR_SEALED_AUTH')
    expect(target.every((byte) => byte === 0)).toBe(true)
    expect(Buffer.compare(await reader.read(0, 32_768), plaintext.subarray(0, 32_768))).toBe(0)
    expect(await reader.read(49_152, 1000)).toEqual(plaintext.subarray(49_152, 50_152))
  })

  it('refuses every length that a cut or something more makes of it', async () => {
    const sealer = await create()
    const sealed = sealer.seal(identity, bytesOf(16_400))
    const cuts = [
      0,
      1,
      23,
      24,
      55,
      56,
      57,
      71,
      72,
      73,
      16_455,
      16_456,
      16_457,
      16_471,
      16_472,
      16_473,
      sealed.length - 1
    ]
    for (const length of cuts) {
      const cut = sealed.slice(0, length)
      const refused = expect.stringMatching(/^ERR_SEALED_(?:AUTH|TRUNCATED)$/)
      expect(
        codeOf(() => sealer.open(identity, cut)),
        `${length}`
      ).toEqual(refused)
      const verify = async (): Promise<void> => (await sealer.openReader(identity, inMemory(cut))).verifyLength()
      expect(await codeOfAsync(verify), `${length}`).toEqual(refused)
    }
    const more = new Uint8Array(sealed.length + 20_000)
    more.set(sealed)
    for (let extra = 1; extra <= 20_000; extra += 97) {
      const code = codeOf(() => sealer.open(identity, more.subarray(0, sealed.length + extra)))
      expect(['ERR_SEALED_AUTH', 'ERR_SEALED_TRUNCATED']).toContain(code)
    }
  })

  it('says so where fewer bytes come than were promised', async () => {
    const sealer = await create()
    const sealed = sealer.seal(identity, bytesOf(50_000))
    const reader = await sealer.openReader(identity, {
      length: sealed.length,
      read: async (offset, length) => sealed.subarray(offset, offset + Math.min(length, 1000))
    })
    expect(await codeOfAsync(() => reader.read(0, 10))).toBe('ERR_SEALED_TRUNCATED')
  })

  it('does nothing more once it is wiped', async () => {
    const sealer = await create()
    const sealed = sealer.seal(identity, bytesOf(10))
    sealer.wipe()
    sealer.wipe()
    expect(codeOf(() => sealer.seal(identity, bytesOf(1)))).toBe('ERR_STORE_CLOSED')
    expect(codeOf(() => sealer.open(identity, sealed))).toBe('ERR_STORE_CLOSED')
    expect(codeOf(() => sealer.createWriter(identity))).toBe('ERR_STORE_CLOSED')
    expect(await codeOfAsync(() => sealer.openReader(identity, inMemory(sealed)))).toBe('ERR_STORE_CLOSED')
  })

  it('does nothing more for a writer that is finished', async () => {
    const writer = (await create()).createWriter(identity)
    await writer.finish()
    expect(await codeOfAsync(() => writer.update(bytesOf(1)))).toBe('ERR_USAGE_OPTION')
    expect(await codeOfAsync(() => writer.finish())).toBe('ERR_USAGE_OPTION')
  })
})

describe('a sealer of objects', () => {
  it('makes the same objects of a key in locked memory as of the same bytes', async () => {
    const memory = await allocateLocked(32)
    memory.fill(key)
    const a = await createObjectSealer({ key: memory, epoch: 4 })
    memory.wipe()
    const b = await createObjectSealer({ key, epoch: 4 })
    expect(b.open(identity, a.seal(identity, bytesOf(5)))).toEqual(bytesOf(5))
  })

  it('never makes the same object twice', async () => {
    const sealer = await createObjectSealer({ key, epoch: 4 })
    expect(sealer.seal(identity, bytesOf(5))).not.toEqual(sealer.seal(identity, bytesOf(5)))
  })

  it.each([
    ['a short key', { key: new Uint8Array(31), epoch: 4 }],
    ['a key as text', { key: 'secret', epoch: 4 }],
    ['no epoch', { key }],
    ['an epoch out of range', { key, epoch: 2 ** 32 }],
    ['a short store', { key, epoch: 4, storeId: new Uint8Array(15) }],
    ['an unknown option', { key, epoch: 4, suite: 'none' }]
  ])('refuses %s', async (_, options) => {
    const create = () => createObjectSealer(options as Parameters<typeof createObjectSealer>[0]) // wrong on purpose
    expect(await codeOfAsync(create)).toBe('ERR_USAGE_OPTION')
  })

  it.each([
    ['another epoch', { ...identity, epoch: 5 }],
    ['another store than its own', { ...identity, storeId: new Uint8Array(16) }],
    ['no such kind', { ...identity, kind: 'else' }],
    ['a generation that is negative', { ...identity, generation: -1n }],
    ['a short object id', { ...identity, objectId: new Uint8Array(8) }]
  ])('refuses to be asked for an object of %s', async (_, wrong) => {
    const sealer = await createObjectSealer({ key, epoch: 4, storeId: identity.storeId })
    const ask = () => sealer.seal(wrong as ObjectIdentity, bytesOf(1)) // wrong on purpose
    expect(codeOf(ask)).toBe('ERR_USAGE_OPTION')
  })
})

function inMemory(sealed: Uint8Array) {
  return {
    length: sealed.length,
    read: async (offset: number, length: number) => sealed.slice(offset, offset + length)
  }
}
