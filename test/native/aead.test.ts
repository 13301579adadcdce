// Bulk encryption in the addon, from below: what it takes and refuses, what it leaves behind, and what happens to memory meanwhile.
import { createCipheriv, webcrypto } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BulkAead } from '@tresor/native'
import { afterAll, expect, it } from 'vitest'
import { bytesOf } from '../support/pattern.js'
import { describeWithAddon, root, runForResult } from './addon.js'

const key = new Uint8Array(32).fill(1)
const salt = new Uint8Array(24).fill(2)
const none = new Uint8Array(0)
const folder = mkdtempSync(join(tmpdir(), 'tresor-aead-'))
afterAll(() => rmSync(folder, { recursive: true }))

describeWithAddon('bulk encryption', (load) => {
  const open = async (): Promise<BulkAead> => {
    const { aead } = await load()
    if (aead.obstacle !== undefined) throw new Error(aead.obstacle)
    return aead
  }

  const lengths = [0, 1, 16_383, 16_384, 16_385, 65_535, 65_536, 65_537, 300_000, 3_000_000]

  it.each(lengths)('is what node:crypto does, chunk by chunk: STREAM of %i bytes', async (length) => {
    const aead = await open()
    const plaintext = bytesOf(length)
    const sealed = aead.seal(aead.importStreamKey(key), 0, true, plaintext)
    const chunks = Math.max(1, Math.ceil(length / 65_536))
    const expected = Array.from({ length: chunks }, (_, index) => {
      const nonce = new Uint8Array(12)
      nonce[10] = index
      nonce[11] = index === chunks - 1 ? 1 : 0
      return sealWithNode('chacha20-poly1305', key, nonce, plaintext.subarray(index * 65_536, (index + 1) * 65_536))
    })
    expect(Buffer.compare(sealed, Buffer.concat(expected))).toBe(0)
  })

  it('is the same in one thread and in several, and in a message', async () => {
    const aead = await open()
    const { chunkKey, commitment } = aead.deriveChunkKey(key, none, salt)
    for (const length of lengths) {
      const plaintext = bytesOf(length)
      const sealed = aead.seal(chunkKey, 0, true, plaintext)
      expect(Buffer.compare(await aead.sealAsync(chunkKey, 0, true, plaintext), sealed)).toBe(0)
      expect(
        Buffer.compare(aead.sealMessage(key, none, salt, plaintext), Buffer.concat([salt, commitment, sealed]))
      ).toBe(0)
      const target = new Uint8Array(length)
      expect(await aead.openAsync(chunkKey, 0, true, sealed, target, 0)).toBe(true)
      expect(Buffer.compare(target, plaintext)).toBe(0)
    }
  })

  it('seals into a target that is there, at once and later, also where both overlap', async () => {
    const aead = await open()
    for (const chunkKey of [aead.deriveChunkKey(key, none, salt).chunkKey, aead.importStreamKey(key)]) {
      const plaintext = bytesOf(700_000)
      const sealed = aead.seal(chunkKey, 0, true, plaintext)
      for (const create of [(length: number) => new Uint8Array(length), aead.allocate]) {
        for (const shift of [0, 3, 500, 800_000]) {
          const memory = create(1_600_000)
          const [from, target] = [memory.subarray(shift, shift + 700_000), memory.subarray(0, sealed.length)]
          from.set(plaintext)
          aead.sealInto(chunkKey, 0, true, from, target)
          expect(Buffer.compare(target, sealed)).toBe(0)
          from.set(plaintext)
          expect(await aead.sealAsync(chunkKey, 0, true, from, target)).toBe(undefined)
          expect(Buffer.compare(target, sealed)).toBe(0)
          expect(aead.openInto(chunkKey, 0, true, target, from.subarray(0, 1000), 65_000)).toBe(true)
          expect(Buffer.compare(from.subarray(0, 1000), plaintext.subarray(65_000, 66_000))).toBe(0)
        }
      }
      const target = new Uint8Array(1000).fill(7)
      expect(
        aead.openInto(
          chunkKey,
          0,
          true,
          sealed.map((byte) => byte ^ 1),
          target,
          0
        )
      ).toBe(false)
      expect(target).toEqual(new Uint8Array(1000))
      for (const length of [sealed.length - 1, sealed.length + 1, 0]) {
        expect(() => aead.sealInto(chunkKey, 0, true, plaintext, new Uint8Array(length))).toThrow(TypeError)
        expect(() => aead.sealAsync(chunkKey, 0, true, plaintext, new Uint8Array(length))).toThrow(TypeError)
      }
    }
  })

  it('numbers chunks to 2^38 and no further', async () => {
    const aead = await open()
    const { chunkKey } = aead.deriveChunkKey(key, none, salt)
    const plaintext = bytesOf(16_384)
    const seals = [0, 255, 256, 65_536, 2 ** 32, 2 ** 38 - 1].map((first) =>
      aead.seal(chunkKey, first, false, plaintext)
    )
    expect(new Set(seals.map((sealed) => Buffer.from(sealed).toString('hex'))).size).toBe(6)
    expect(() => aead.seal(chunkKey, 2 ** 38 - 1, true, plaintext)).toThrow(TypeError)
    expect(() => aead.seal(chunkKey, 2 ** 38, false, plaintext)).toThrow(TypeError)
  })

  it('fills a target with any stretch of a run, from memory and from a file', async () => {
    const aead = await open()
    for (const chunkKey of [aead.deriveChunkKey(key, none, salt).chunkKey, aead.importStreamKey(key)]) {
      const plaintext = bytesOf(1_000_000)
      const sealed = aead.seal(chunkKey, 0, true, plaintext)
      writeFileSync(join(folder, 'run'), Buffer.concat([Buffer.alloc(123), sealed]))
      const fd = openSync(join(folder, 'run'), 'r')
      for (const [skip, length] of [
        [0, 0],
        [0, 1],
        [0, 1_000_000],
        [1, 999_999],
        [16_384, 16_384],
        [16_383, 16_386],
        [65_536, 500_000],
        [999_999, 1],
        [1_000_000, 0],
        [333_333, 444_444]
      ] as const) {
        for (const target of [new Uint8Array(length), aead.allocate(length)]) {
          expect(await aead.openAsync(chunkKey, 0, true, sealed, target, skip)).toBe(true)
          expect(Buffer.compare(target, plaintext.subarray(skip, skip + length))).toBe(0)
          target.fill(0)
          expect(await aead.readAsync(chunkKey, 0, true, fd, 123, sealed.length, target, skip)).toBe('opened')
          expect(Buffer.compare(target, plaintext.subarray(skip, skip + length))).toBe(0)
        }
      }
      closeSync(fd)
    }
  })

  it('leaves zeros in a target when one chunk of many is not genuine', async () => {
    const aead = await open()
    const { chunkKey } = aead.deriveChunkKey(key, none, salt)
    const sealed = aead.seal(chunkKey, 0, true, bytesOf(2_000_000))
    sealed[1_500_000] = (sealed[1_500_000] as number) ^ 1 // within the run
    writeFileSync(join(folder, 'changed'), sealed)
    const fd = openSync(join(folder, 'changed'), 'r')
    for (const create of [(length: number) => new Uint8Array(length), aead.allocate]) {
      const target = create(2_000_000).fill(7)
      expect(await aead.openAsync(chunkKey, 0, true, sealed, target, 0)).toBe(false)
      expect(target.every((byte) => byte === 0)).toBe(true)
      target.fill(7)
      expect(await aead.readAsync(chunkKey, 0, true, fd, 0, sealed.length, target, 0)).toBe('changed')
      expect(target.every((byte) => byte === 0)).toBe(true)
    }
    expect(aead.open(chunkKey, 0, true, sealed)).toBe(undefined)
    closeSync(fd)
  })

  it('says where a file is too short, and hands on what pread says', async () => {
    const aead = await open()
    const { chunkKey } = aead.deriveChunkKey(key, none, salt)
    writeFileSync(join(folder, 'short'), new Uint8Array(1000))
    const fd = openSync(join(folder, 'short'), 'r')
    const target = new Uint8Array(100).fill(7)
    expect(await aead.readAsync(chunkKey, 0, true, fd, 0, 2000, target, 0)).toBe('short')
    expect(target).toEqual(new Uint8Array(100))
    closeSync(fd)
    const directory = openSync(folder, 'r')
    const failure = { code: 'EISDIR', errno: -21, syscall: 'pread' }
    await expect(aead.readAsync(chunkKey, 0, true, directory, 0, 2000, target, 0)).rejects.toMatchObject(failure)
    closeSync(directory)
    expect(() => aead.readAsync(chunkKey, 0, true, 2 ** 30, 0, 2000, target, 0)).toThrow(
      expect.objectContaining({ code: 'EBADF' })
    )
  })

  it('reads from the file that a descriptor meant, whatever becomes of its number', async () => {
    const aead = await open()
    const { chunkKey } = aead.deriveChunkKey(key, none, salt)
    const plaintext = bytesOf(5_000_000)
    writeFileSync(join(folder, 'first'), aead.seal(chunkKey, 0, true, plaintext))
    writeFileSync(join(folder, 'second'), new Uint8Array(6_000_000))
    for (let round = 0; round < 10; round++) {
      const fd = openSync(join(folder, 'first'), 'r')
      const target = new Uint8Array(plaintext.length)
      const reading = aead.readAsync(chunkKey, 0, true, fd, 0, plaintext.length + 306 * 16, target, 0)
      closeSync(fd)
      const other = openSync(join(folder, 'second'), 'r')
      expect(await reading).toBe('opened')
      expect(Buffer.compare(target, plaintext)).toBe(0)
      closeSync(other)
    }
  })

  it('works on memory that JavaScript gives up, shrinks, shares or changes meanwhile', async () => {
    const aead = await open()
    const { chunkKey } = aead.deriveChunkKey(key, none, salt)
    const plaintext = bytesOf(2_000_000)
    const sealed = aead.seal(chunkKey, 0, true, plaintext)
    const wrong = expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' })

    const given = plaintext.slice()
    const sealing = aead.sealAsync(chunkKey, 0, true, given)
    structuredClone(given.buffer, { transfer: [given.buffer] })
    expect(Buffer.compare(await sealing, sealed)).toBe(0)

    const detached = new Uint8Array(2_000_000)
    const opening = aead.openAsync(chunkKey, 0, true, sealed, detached, 0)
    structuredClone(detached.buffer, { transfer: [detached.buffer] })
    await expect(opening).rejects.toThrow(wrong)

    const resizable = Reflect.construct(ArrayBuffer, [2_000_000, { maxByteLength: 4_000_000 }]) as ArrayBuffer & {
      resize(length: number): void
    } // Node 20 has it, the types not yet
    const tracking = new Uint8Array(resizable)
    const filling = aead.openAsync(chunkKey, 0, true, sealed, tracking, 0)
    resizable.resize(10)
    await expect(filling).rejects.toThrow(wrong)
    resizable.resize(2_000_000)
    const shrinking = aead.sealAsync(chunkKey, 0, true, tracking)
    resizable.resize(0)
    expect((await shrinking).length).toBe(sealed.length)

    const shared = new Uint8Array(new SharedArrayBuffer(sealed.length))
    shared.set(sealed)
    const target = new Uint8Array(new SharedArrayBuffer(2_000_000))
    expect(await aead.openAsync(chunkKey, 0, true, shared, target, 0)).toBe(true)
    expect(Buffer.compare(target, plaintext)).toBe(0)
    expect(Buffer.compare(aead.open(chunkKey, 0, true, shared) ?? none, plaintext)).toBe(0)

    const source = sealed.slice()
    const changing = aead.openAsync(chunkKey, 0, true, source, new Uint8Array(2_000_000), 0)
    source.fill(0)
    expect(await changing).toBe(true)
  })

  it('opens in place, and at every overlap', async () => {
    const aead = await open()
    const { chunkKey } = aead.deriveChunkKey(key, none, salt)
    const plaintext = bytesOf(600_000)
    const sealed = aead.seal(chunkKey, 0, true, plaintext)
    for (const create of [(length: number) => new Uint8Array(length), aead.allocate]) {
      for (const shift of [0, 1, 16, 40_000]) {
        const memory = create(sealed.length + 100_000)
        memory.set(sealed, 20_000)
        const target = memory.subarray(shift, shift + plaintext.length)
        const from = memory.subarray(20_000, 20_000 + sealed.length)
        expect(await aead.openAsync(chunkKey, 0, true, from, target, 0)).toBe(true)
        expect(Buffer.compare(target, plaintext)).toBe(0)
      }
    }
  })

  it('keeps memory of its own alive until the end, though nobody else does', () => {
    const script = `
      import { aead } from '@tresor/native'
      const key = aead.importStreamKey(new Uint8Array(32))
      const jobs = []
      for (let round = 0; round < 40; round++) {
        let memory = aead.allocate(2_000_000).fill(round)
        jobs.push(aead.sealAsync(key, 0, true, memory))
        if (round % 2 === 0 && memory.buffer.transfer) try { memory.buffer.transfer() } catch {}
        memory = undefined
        gc()
      }
      const sealed = await Promise.all(jobs)
      const opened = sealed.map((bytes) => aead.open(key, 0, true, bytes))
      console.log(JSON.stringify(opened.every((bytes, i) => bytes.length === 2_000_000 && bytes.every((byte) => byte === i))))`
    expect(runForResult(script, { nodeArgs: ['--expose-gc'] })).toBe(true)
  })

  it('leaves no error behind that would end the process in the next job of WebCrypto', () => {
    const script = `
      import { webcrypto } from 'node:crypto'
      import { openSync, writeFileSync } from 'node:fs'
      import { aead } from '@tresor/native'
      const { chunkKey } = aead.deriveChunkKey(new Uint8Array(32), new Uint8Array(0), new Uint8Array(24))
      const bad = new Uint8Array(2_000_000).fill(9)
      const sealed = new Uint8Array(122 * 16_400)
      const importKey = () => webcrypto.subtle.importKey('raw', new Uint8Array(32), 'AES-GCM', true, ['encrypt', 'decrypt'])
      let failed = 0
      for (let round = 0; round < 20; round++) {
        if (aead.open(chunkKey, 0, false, sealed) === undefined) failed++
        if (aead.openMessage(new Uint8Array(32), new Uint8Array(0), new Uint8Array(100)) === undefined) failed++
        const opening = [1, 2, 3, 4].map(() => aead.openAsync(chunkKey, 0, false, sealed, new Uint8Array(8), 0))
        failed += (await Promise.all(opening)).filter((opened) => !opened).length
        const key = await importKey()
        const jobs = [1, 2, 3, 4, 5, 6].map(() => webcrypto.subtle.encrypt({ name: 'AES-GCM', iv: new Uint8Array(12) }, key, new Uint8Array(100)))
        const [first] = await Promise.all(jobs)
        await webcrypto.subtle.decrypt({ name: 'AES-GCM', iv: new Uint8Array(12) }, key, first)
      }
      console.log(failed)`
    expect(runForResult(script)).toBe(120)
  })

  it('does not follow the work of others into their errors', async () => {
    const aead = await open()
    const secret = await webcrypto.subtle.importKey('raw', key, 'AES-GCM', true, ['decrypt'])
    const decrypt = webcrypto.subtle.decrypt({ name: 'AES-GCM', iv: new Uint8Array(12) }, secret, new Uint8Array(40))
    await expect(decrypt).rejects.toThrow()
    const { chunkKey } = aead.deriveChunkKey(key, none, salt)
    expect(aead.open(chunkKey, 0, true, aead.seal(chunkKey, 0, true, bytesOf(10)))).toEqual(bytesOf(10))
  })

  it('does nothing more with a key that is wiped, and ends what is under way', async () => {
    const aead = await open()
    const { chunkKey } = aead.deriveChunkKey(key, none, salt)
    const plaintext = bytesOf(3_000_000)
    const expected = aead.seal(chunkKey, 0, true, plaintext)
    const sealing = aead.sealAsync(chunkKey, 0, true, plaintext)
    aead.wipeChunkKey(chunkKey)
    aead.wipeChunkKey(chunkKey)
    expect(Buffer.compare(await sealing, expected)).toBe(0)
    const wiped = expect.objectContaining({
      code: 'ERR_INVALID_ARG_VALUE',
      message: expect.stringContaining('not wiped')
    })
    expect(() => aead.seal(chunkKey, 0, true, none)).toThrow(wiped)
    expect(() => aead.sealAsync(chunkKey, 0, true, none)).toThrow(wiped)
  })

  it('keeps many keys apart in few pages, and takes them back', async () => {
    const aead = await open()
    const keys = Array.from({ length: 300 }, (_, i) => aead.importStreamKey(new Uint8Array(32).fill(i)))
    const sealed = keys.map((chunkKey) => aead.seal(chunkKey, 0, true, bytesOf(4)))
    for (const chunkKey of keys.slice(0, 150)) aead.wipeChunkKey(chunkKey)
    const again = Array.from({ length: 200 }, () => aead.importStreamKey(key))
    for (const [i, chunkKey] of keys.entries()) {
      if (i >= 150) expect(aead.open(chunkKey, 0, true, sealed[i] ?? none)).toEqual(bytesOf(4))
    }
    for (const chunkKey of [...again, ...keys]) aead.wipeChunkKey(chunkKey)
  })

  it('takes keys in locked memory, and derives from them into locked memory', async () => {
    const [aead, { memory }] = [await open(), await load()]
    const [from, to] = [memory.allocate(32), memory.allocate(96)]
    memory.fill(from, key)
    aead.expandKey(from, bytesOf(3), to)
    const same = memory.allocate(96)
    aead.expandKey(key, bytesOf(3), same)
    expect(memory.equals(to, memory.read(same))).toBe(true)
    const sealed = aead.sealMessage(from, none, salt, bytesOf(9))
    expect(sealed).toEqual(aead.sealMessage(key, none, salt, bytesOf(9)))
    memory.wipe(from)
    expect(() => aead.openMessage(from, none, sealed)).toThrow(TypeError)
    expect(() => aead.expandKey(key, none, memory.allocate(129))).toThrow(TypeError)
  })

  it('refuses every wrong argument before it does anything', async () => {
    const [aead, { memory }] = [await open(), await load()]
    const chunkKey = aead.importStreamKey(key)
    const array = new Uint8Array(100)
    const wrongKeys = [
      undefined,
      null,
      {},
      'key',
      new Uint8Array(31),
      new Uint16Array(32),
      memory.allocate(31),
      chunkKey
    ]
    const wrongArrays = [
      undefined,
      null,
      'text',
      {},
      [1],
      new Uint16Array(8),
      new ArrayBuffer(8),
      new DataView(new ArrayBuffer(8))
    ]
    const wrongNumbers = [-1, 0.5, Number.NaN, 2 ** 60, '1', null, undefined, 1n]
    const wrongHandles = [undefined, null, {}, memory.allocate(8), structuredClone(chunkKey), 5]
    const calls: (readonly unknown[])[] = [
      ...wrongKeys.flatMap((wrong) => [
        ['sealMessage', wrong, none, salt, array],
        ['openMessage', wrong, none, array],
        ['deriveChunkKey', wrong, none, salt],
        ['importStreamKey', wrong],
        ['expandKey', wrong, none, memory.allocate(8)]
      ]),
      ...wrongArrays.flatMap((wrong) => [
        ['sealMessage', key, wrong, salt, array],
        ['sealMessage', key, none, wrong, array],
        ['sealMessage', key, none, salt, wrong],
        ['openMessage', key, none, wrong],
        ['seal', chunkKey, 0, true, wrong],
        ['open', chunkKey, 0, true, wrong],
        ['sealAsync', chunkKey, 0, true, wrong],
        ['openAsync', chunkKey, 0, true, wrong, array, 0],
        ['openAsync', chunkKey, 0, true, array, wrong, 0],
        ['readAsync', chunkKey, 0, true, 0, 0, 100, wrong, 0]
      ]),
      ...wrongNumbers.flatMap((wrong) => [
        ['seal', chunkKey, wrong, true, array],
        ['openAsync', chunkKey, wrong, true, array, none, 0],
        ['openAsync', chunkKey, 0, true, array, none, wrong],
        ['readAsync', chunkKey, 0, true, wrong, 0, 100, none, 0],
        ['readAsync', chunkKey, 0, true, 0, wrong, 100, none, 0],
        ['readAsync', chunkKey, 0, true, 0, 0, wrong, none, 0],
        ['allocate', wrong]
      ]),
      ...wrongHandles.flatMap((wrong) => [
        ['seal', wrong, 0, true, array],
        ['open', wrong, 0, true, array],
        ['wipeChunkKey', wrong],
        ['sealAsync', wrong, 0, true, array],
        ['readAsync', wrong, 0, true, 0, 0, 100, none, 0]
      ]),
      ['seal', chunkKey, 0, 1, array],
      ['seal', chunkKey, 0, false, array],
      ['seal', chunkKey, 5, true, none],
      ['open', chunkKey, 0, true, new Uint8Array(15)],
      ['open', chunkKey, 1, true, new Uint8Array(16)],
      ['open', chunkKey, 0, false, new Uint8Array(65_551)],
      ['openMessage', key, none, new Uint8Array(71)],
      ['openMessage', key, none, new Uint8Array(56 + 16_400)],
      ['openAsync', chunkKey, 0, true, array, new Uint8Array(85), 0],
      ['openAsync', chunkKey, 0, true, array, new Uint8Array(84), 1]
    ]
    for (const [name, ...args] of calls) {
      const call = aead[name as keyof BulkAead] as unknown as (...args: readonly unknown[]) => unknown // wrong on purpose
      expect(() => call(...args), `${String(name)}(${args.map(String)})`).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' })
      )
    }
  })

  it('survives workers that are terminated at any moment of their work', () => {
    const script = `
      import { Worker } from 'node:worker_threads'
      const loop = "import('@tresor/native').then(({ aead }) => { const key = aead.importStreamKey(new Uint8Array(32)); (function again() {" +
        "const memory = aead.allocate(700_000); const target = aead.allocate(700_000);" +
        "aead.sealAsync(key, 0, true, memory).then((sealed) => aead.openAsync(key, 0, true, sealed, target, 0)).then(again) })() })"
      for (let round = 0; round < 12; round++) {
        const worker = new Worker(loop, { eval: true })
        await new Promise((resolve) => setTimeout(resolve, 20 + round * 5))
        await worker.terminate()
      }
      const { aead } = await import('@tresor/native')
      console.log(JSON.stringify(aead.seal(aead.importStreamKey(new Uint8Array(32)), 0, true, new Uint8Array(0)).length))`
    expect(runForResult(script)).toBe(16)
  })

  it('says why it is not there, where a program exports no OpenSSL 3', async () => {
    const { loadAead } = await import('../../packages/sdk/src/native/index.js')
    const aead = await loadAead(async () => ({
      aead: { obstacle: 'this program does not export the functions of OpenSSL 3' }
    }))
    expect(aead).toMatchObject({ name: 'node', obstacle: expect.stringContaining('OpenSSL 3') })
    expect((await loadAead()).name).toBe('addon')
  })

  for (const major of ['22', '24']) {
    const node = join(root, `.cache/node${major}/node_modules/node-${process.platform}-${process.arch}/bin/node`)
    it.skipIf(!existsNode(node))(
      `seals the same in Node ${major}${existsNode(node) ? '' : ' (skipped: run: node tools/node-versions.mjs)'}`,
      async () => {
        const script = `
        import { createHash } from 'node:crypto'
        import { aead } from '@tresor/native'
        const message = aead.sealMessage(new Uint8Array(32).fill(1), new Uint8Array(0), new Uint8Array(24).fill(2), new Uint8Array(100_000))
        console.log(JSON.stringify(createHash('sha256').update(message).digest('hex')))`
        expect(runForResult(script, { node })).toBe(runForResult(script))
      }
    )
  }
})

function existsNode(node: string): boolean {
  try {
    closeSync(openSync(node, 'r'))
    return true
  } catch {
    return false
  }
}

function sealWithNode(
  name: 'chacha20-poly1305',
  secret: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array
): Uint8Array {
  const cipher = createCipheriv(name, secret, nonce, { authTagLength: 16 })
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}
