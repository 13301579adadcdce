// Records are authenticated, and read as if they were not.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteWriter } from '../../../packages/sdk/src/seal/store/byte-writer.js'
import { encodeDelta, parseDelta } from '../../../packages/sdk/src/seal/store/delta.js'
import { encodeEntry, parseEntry } from '../../../packages/sdk/src/seal/store/entry.js'
import { keyOf, nameOf } from '../../../packages/sdk/src/seal/store/index-key.js'
import { encodeNode, type IndexNode, parseNode } from '../../../packages/sdk/src/seal/store/index-node.js'
import { checkNode } from '../../../packages/sdk/src/seal/store/index-tree.js'
import { padPlaintext, roundLength } from '../../../packages/sdk/src/seal/store/padding.js'
import {
  encodeRoot,
  openRoot,
  parseRootHeader,
  type RootRecord
} from '../../../packages/sdk/src/seal/store/root-record.js'
import type { Entry, ObjectRef } from '../../../packages/sdk/src/seal/store/store.js'
import { codeOf, codeOfAsync } from '../../support/coded.js'
import { directoryEntry, fileEntry } from './fixture.js'
import { fakeKeyring } from './keyring.js'

const ref = (n = 1): ObjectRef => ({
  objectId: new Uint8Array(16).fill(n),
  generation: 7n,
  epoch: 2,
  blob: '0123456789abcdef0123456789abcdef',
  offset: 4096 * n,
  sealedLength: 1000
})

const file: Entry = fileEntry(9n, 700, [
  { at: 0, length: 400, from: 0, object: ref(1) },
  { at: 500, length: 200, from: 300, object: { ...ref(2), blob: 'by-hand' } }
])
const link: Entry = {
  kind: 'link',
  inode: 3n,
  mode: 0o777,
  atimeMs: 1,
  mtimeMs: 2,
  ctimeMs: 3.25,
  birthtimeMs: 4,
  target: '../ü'
}
const directory = directoryEntry(2n ** 64n - 1n)
const entries: readonly (readonly [string, Entry])[] = [
  ['file', file],
  ['link', link],
  ['directory', directory]
]

const leaf: IndexNode = {
  level: 0,
  keys: [keyOf(1n, 'a'), keyOf(1n, 'abc'), keyOf(1n, 'abd'), keyOf(2n, 'ü')],
  values: [new Uint8Array([1]), new Uint8Array(0), new Uint8Array([3, 3]), encodeEntry(file)]
}
const inner: IndexNode = { level: 2, keys: [keyOf(1n, 'a'), keyOf(1n, 'm')], children: [ref(1), ref(2)] }
const delta = {
  previous: ref(3),
  changes: new Map([
    [keyOf(1n, 'b'), undefined],
    [keyOf(1n, 'a'), new Uint8Array([1, 2])]
  ])
}

/** Every bit flipped, every length, and a byte more: a value, or an error of ours. Never anything else. */
function mutate(bytes: Uint8Array, parse: (bytes: Uint8Array) => unknown): { readonly accepted: number } {
  let accepted = 0
  const attempt = (changed: Uint8Array) => {
    if (codeOf(() => parse(changed)) === 'none') accepted++
  }
  for (let i = 0; i < bytes.length * 8; i++) {
    const changed = bytes.slice()
    changed[i >> 3] = (changed[i >> 3] ?? 0) ^ (1 << (i & 7))
    attempt(changed)
  }
  for (let length = 0; length < bytes.length; length++)
    expect(codeOf(() => parse(bytes.slice(0, length)))).toBe('ERR_SEALED_FORMAT')
  return { accepted }
}

describe('an entry', () => {
  it.each(entries)('of a %s is read as it was written', (_kind, entry) => {
    expect(parseEntry(encodeEntry(entry))).toEqual(entry)
  })

  it.each(entries)('of a %s that was changed is read or refused, and never breaks anything', (_kind, entry) => {
    mutate(encodeEntry(entry), parseEntry)
    expect(codeOf(() => parseEntry(new Uint8Array([...encodeEntry(entry), 0])))).toBe('ERR_SEALED_FORMAT')
  })

  it('keeps objects that several extents share as one', () => {
    const object = ref()
    const shared = fileEntry(1n, 20, [
      { at: 0, length: 5, from: 0, object },
      { at: 10, length: 5, from: 5, object }
    ])
    const parsed = parseEntry(encodeEntry(shared))
    expect(parsed.kind === 'file' && parsed.extents[0]?.object === parsed.extents[1]?.object).toBe(true)
  })

  it.each([
    ['an extent behind its object', { length: 1001 }],
    ['an extent that begins behind its object', { from: 900 }],
    ['an end behind 2^53', { at: Number.MAX_SAFE_INTEGER, length: 5 }]
  ])('refuses %s', (_what, change) => {
    const bytes = encodeEntry(fileEntry(1n, 1, [{ at: 0, length: 400, from: 0, object: ref(), ...change }]))
    expect(codeOf(() => parseEntry(bytes))).toBe('ERR_SEALED_FORMAT')
  })

  it('refuses counts that there is no room for, before it makes room', () => {
    const bytes = encodeEntry(fileEntry(1n, 1, []))
    for (const at of [bytes.length - 8, bytes.length - 4]) {
      const huge = bytes.slice()
      huge.set([0xff, 0xff, 0xff, 0xff], at)
      expect(codeOf(() => parseEntry(huge))).toBe('ERR_SEALED_FORMAT')
    }
  })

  it('is not written when it is too large to be read', () => {
    const extents = Array.from({ length: 20_000 }, (_, i) => ({ at: i, length: 1, from: 0, object: ref(i % 250) }))
    expect(codeOf(() => encodeEntry(fileEntry(1n, 1, extents)))).toBe('ERR_USAGE_OPTION')
  })
})

describe('an index node', () => {
  it.each([
    ['leaf', leaf],
    ['inner node', inner]
  ] as const)('that is a %s is read as it was written, padded or not', (_kind, node) => {
    expect(parseNode(encodeNode(node))).toEqual(node)
    expect(encodeNode(node, 5000)).toHaveLength(5000)
    expect(parseNode(encodeNode(node, 5000))).toEqual(node)
  })

  it.each([
    ['leaf', leaf],
    ['inner node', inner]
  ] as const)('that is a changed %s is read or refused', (_kind, node) => {
    mutate(encodeNode(node), parseNode)
    expect(codeOf(() => parseNode(new Uint8Array([...encodeNode(node), 1])))).toBe('ERR_SEALED_FORMAT')
  })

  it('refuses keys that do not ascend', () => {
    const keys = [keyOf(1n, 'b'), keyOf(1n, 'a')]
    expect(
      codeOf(() => parseNode(encodeNode({ level: 0, keys, values: [new Uint8Array(1), new Uint8Array(1)] })))
    ).toBe('ERR_SEALED_FORMAT')
    const twice = [keyOf(1n, 'a'), keyOf(1n, 'a')]
    expect(
      codeOf(() => parseNode(encodeNode({ level: 0, keys: twice, values: [new Uint8Array(1), new Uint8Array(1)] })))
    ).toBe('ERR_SEALED_FORMAT')
  })

  it('refuses a level that no index has, and a node without children', () => {
    expect(codeOf(() => parseNode(encodeNode({ ...inner, level: 13 })))).toBe('ERR_SEALED_FORMAT')
    expect(codeOf(() => parseNode(encodeNode({ level: 1, keys: [], children: [] })))).toBe('ERR_SEALED_FORMAT')
  })

  it('is refused where its parent does not expect it', () => {
    const expected = { ref: ref(), level: 0, from: keyOf(1n, 'a'), to: keyOf(3n, 'a') }
    expect(checkNode(leaf, expected)).toBe(leaf)
    for (const change of [{ level: 1 }, { from: keyOf(1n, 'b') }, { to: keyOf(2n, 'ü') }]) {
      expect(codeOf(() => checkNode(leaf, { ...expected, ...change }))).toBe('ERR_SEALED_FORMAT')
    }
  })
})

describe('a delta', () => {
  it('is read as it was written, in the order of its keys', () => {
    const parsed = parseDelta(encodeDelta(delta, 4000))
    expect(parsed).toEqual(delta)
    expect([...parsed.changes.keys()]).toEqual([...delta.changes.keys()].sort())
  })

  it('that was changed is read or refused', () => {
    mutate(encodeDelta(delta), parseDelta)
  })
})

describe('a key', () => {
  it('orders names as their UTF-8 bytes do, and gives them back', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
        (a, b) => {
          const [x, y] = [keyOf(5n, a), keyOf(5n, b)]
          expect(nameOf(x)).toBe(a)
          expect(x < y).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0)
        }
      )
    )
  })

  it.each(['', 'x'.repeat(1025), '\ud800', 'a\udc00'])('refuses the name %j', (name) => {
    expect(codeOf(() => keyOf(1n, name))).toBe('ERR_USAGE_OPTION')
  })
})

describe('padding', () => {
  it('rounds to blocks, and further when told to', () => {
    expect([1, 4096, 4097].map((length) => roundLength(length, 'block'))).toEqual([4096, 4096, 8192])
    const seen = new Set(Array.from({ length: 100 }, (_, i) => roundLength(1_000_000 + i * 999, 'padme')))
    expect(seen.size).toBeLessThan(6)
  })

  it('never loses length, whatever the sealed length is', () => {
    const sealedLength = (length: number) => 72 + length + 16 * Math.floor(length / 16_384)
    fc.assert(
      fc.property(
        fc.nat(200_000),
        fc.nat(4095),
        fc.constantFrom('block' as const, 'padme' as const),
        (length, before, padding) => {
          const padded = padPlaintext(length, before, padding, sealedLength)
          expect(padded).toBeGreaterThanOrEqual(length)
          expect((before + sealedLength(padded)) % 4096).toBe(0)
        }
      )
    )
  })
})

describe('a root record', () => {
  const storeId = new Uint8Array(16).fill(5)
  const root: RootRecord = {
    storeId,
    epoch: 1,
    sequence: 2n ** 63n,
    objectId: new Uint8Array(16).fill(6),
    keyring: 'ring-1',
    previousHash: new Uint8Array(32).fill(1),
    index: ref(1),
    delta: { ...ref(2), blob: 'x'.repeat(64) },
    deltaCount: 3,
    deltaBytes: 1e6,
    nextInode: 99n,
    minEpoch: 1,
    keyringHash: new Uint8Array(32).fill(2),
    writerId: new Uint8Array(16).fill(3),
    savedAtMs: 1.5e12
  }
  const make = async (change: Partial<RootRecord> = {}) => {
    const sealer = await fakeKeyring(storeId).sealer(1)
    return { sealer, record: await encodeRoot({ ...root, ...change }, 'cobblestone-256', sealer) }
  }

  it('takes a page and is read as it was written', async () => {
    const { sealer, record } = await make()
    expect(record).toHaveLength(4096)
    expect(await openRoot(record, parseRootHeader(record, 'cobblestone-256'), sealer)).toEqual(root)
  })

  it('is refused when any bit of it was changed', async () => {
    const { sealer, record } = await make()
    for (let i = 0; i < record.length; i++) {
      const changed = record.slice()
      changed[i] = (changed[i] ?? 0) ^ (1 << (i % 8))
      const reading = async () => openRoot(changed, parseRootHeader(changed, 'cobblestone-256'), sealer)
      const code = await codeOfAsync(reading)
      expect(['ERR_SEALED_AUTH', 'ERR_SEALED_FORMAT', 'ERR_SEALED_SUITE', 'ERR_USAGE_OPTION']).toContain(code)
    }
  })

  it.each([
    ['another suite', 8, 'ERR_SEALED_SUITE'],
    ['another magic', 0, 'ERR_SEALED_FORMAT'],
    ['reserved bytes', 10, 'ERR_SEALED_FORMAT'],
    ['bytes behind the name', 127, 'ERR_SEALED_FORMAT'],
    ['another name of a keyring', 57, 'ERR_SEALED_AUTH']
  ])('is refused for %s', async (_what, at, code) => {
    const { sealer, record } = await make()
    record[at] = (record[at] ?? 0) ^ 1
    expect(await codeOfAsync(async () => openRoot(record, parseRootHeader(record, 'cobblestone-256'), sealer))).toBe(
      code
    )
  })

  it.each([0, 127, 4095, 4097])('is refused with %i bytes', async (length) => {
    const { record } = await make()
    const cut = new Uint8Array(length)
    cut.set(record.subarray(0, length))
    expect(codeOf(() => parseRootHeader(cut, 'cobblestone-256'))).toBe('ERR_SEALED_FORMAT')
  })

  it('is refused when it counts deltas that it does not name', async () => {
    const { sealer, record } = await make({ delta: undefined })
    expect(await codeOfAsync(async () => openRoot(record, parseRootHeader(record, 'cobblestone-256'), sealer))).toBe(
      'ERR_SEALED_FORMAT'
    )
  })
})

describe('a record in the making', () => {
  it('grows and keeps what it has', () => {
    const writer = new ByteWriter(1)
    writer.u8(1)
    writer.u16(2)
    writer.u32(3)
    writer.u64(4n)
    writer.size(Number.MAX_SAFE_INTEGER)
    writer.f64(0.5)
    writer.bytes(new Uint8Array(3000).fill(9))
    writer.zeros(2)
    const bytes = writer.finish()
    expect(bytes).toHaveLength(1 + 2 + 4 + 8 + 8 + 8 + 3000 + 2)
    const view = new DataView(bytes.buffer)
    expect([bytes[0], view.getUint16(1), view.getUint32(3), view.getBigUint64(7), view.getBigUint64(15)]).toEqual([
      1,
      2,
      3,
      4n,
      2n ** 53n - 1n
    ])
    expect(view.getFloat64(23)).toBe(0.5)
  })
})
