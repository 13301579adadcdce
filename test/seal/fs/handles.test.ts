import { describe, expect, it } from 'vitest'
import { createTestFiles } from '../support/files.js'

describe('a file handle', () => {
  it('shows what was written to other handles, readFile and stat at once, and to the store at sync', async () => {
    const { fs, store } = createTestFiles()
    const [writer, reader] = [await fs.open('f', 'w'), await fs.open('f', 'r')]
    const before = store.commits
    await writer.write('hello')
    expect(await fs.readFile('f', 'utf8')).toBe('hello')
    expect((await fs.stat('f')).size).toBe(5)
    expect((await reader.read(Buffer.alloc(9), 0, 9, 1)).buffer.toString('utf8', 0, 4)).toBe('ello')
    expect(store.commits).toBe(before)
    await writer.sync()
    expect(store.commits).toBe(before + 1)
    await writer.sync()
    expect(store.commits).toBe(before + 1)
  })

  it('goes on after its file was renamed, and commits under the new name', async () => {
    const { fs } = createTestFiles()
    const handle = await fs.open('a', 'w')
    await fs.mkdir('d')
    await fs.rename('a', 'd/b')
    await handle.write('moved')
    await handle.close()
    expect(await fs.readFile('d/b', 'utf8')).toBe('moved')
    expect(await fs.exists('a')).toBe(false)
  })

  it('goes on after its file was removed or replaced, and changes nothing then', async () => {
    const { fs } = createTestFiles()
    await fs.writeFile('a', 'old')
    await fs.writeFile('b', 'other')
    const handle = await fs.open('a', 'r+')
    await fs.rename('b', 'a')
    await handle.write('OLD')
    expect(await handle.readFile('utf8')).toBe('')
    expect((await handle.read({ position: 0 })).buffer.toString('utf8', 0, 3)).toBe('OLD')
    expect((await handle.stat()).nlink).toBe(0)
    await handle.close()
    expect(await fs.readFile('a', 'utf8')).toBe('other')
  })

  it('takes in one object what was written in many places', async () => {
    const { fs, store } = createTestFiles()
    await fs.writeFile('f', Buffer.alloc(2_000_000, 'x'))
    const before = store.written
    const handle = await fs.open('f', 'r+')
    for (let i = 0; i < 20; i++) await handle.write(Buffer.from('y'), 0, 1, i * 70_000)
    await handle.close()
    expect(store.written - before).toBeLessThan(1000)
    const bytes = await fs.readFile('f')
    expect(bytes.filter((byte) => byte === 121)).toHaveLength(20)
    expect(bytes.length).toBe(2_000_000)
  })

  it('holds little in memory, however much is written between syncs', async () => {
    const { fs, store } = createTestFiles()
    const handle = await fs.open('f', 'w')
    for (let i = 0; i < 3000; i++) await handle.write(Buffer.alloc(4096, i & 0xff))
    expect(3000 * 4096 - store.written).toBeGreaterThan(0)
    await handle.close()
    expect(store.written).toBe(3000 * 4096)
    const bytes = await fs.readFile('f')
    for (let i = 0; i < 3000; i += 97) expect(bytes[i * 4096 + 5]).toBe(i & 0xff)
  })

  it('streams large writes into one object', async () => {
    const { fs, context } = createTestFiles()
    const handle = await fs.open('f', 'w')
    for (let i = 0; i < 40; i++) await handle.write(Buffer.alloc(256 * 1024, i))
    await handle.close()
    const found = await (await context.store.view()).get(1n, 'f')
    expect(found?.kind === 'file' && found.extents.length).toBe(1)
    expect((await fs.readFile('f'))[39 * 256 * 1024]).toBe(39)
  })

  it('reads in order what large and small writes, far apart, left behind', async () => {
    const { fs } = createTestFiles()
    const handle = await fs.open('f', 'w+')
    await handle.write(Buffer.alloc(100_000, 'a'), 0, 100_000, 0)
    await handle.write(Buffer.alloc(10, 'b'), 0, 10, 100_000)
    await handle.write(Buffer.alloc(100_000, 'c'), 0, 100_000, 300_000)
    await handle.write(Buffer.alloc(10, 'd'), 0, 10, 50)
    const read = async (at: number, length: number) =>
      (await handle.read({ buffer: Buffer.alloc(length), position: at })).buffer.toString('latin1')
    expect(await read(48, 14)).toBe('aaddddddddddaa')
    expect(await read(99_999, 13)).toBe('abbbbbbbbbb\0\0')
    expect(await read(299_999, 3)).toBe('\0cc')
    await handle.close()
    expect((await fs.stat('f')).size).toBe(400_000)
  })

  it('reads the lines of a file, and closes itself', async () => {
    const { fs } = createTestFiles()
    await fs.writeFile('f', 'one\ntwo\r\nthree')
    const handle = await fs.open('f')
    const lines: string[] = []
    for await (const line of handle.readLines()) lines.push(line)
    expect(lines).toEqual(['one', 'two', 'three'])
  })

  it('closes at the end of its block, and more than once', async () => {
    const { fs } = createTestFiles()
    const handle = await fs.open('f', 'w')
    let closed = 0
    handle.on('close', () => closed++)
    await handle.write('x')
    await handle[Symbol.asyncDispose]()
    await handle.close()
    expect(closed).toBe(1)
    expect(handle.fd).toBe(-1)
    expect(await fs.readFile('f', 'utf8')).toBe('x')
  })

  it('gives up what was written when it is abandoned, and keeps what was there', async () => {
    const { fs } = createTestFiles()
    await fs.writeFile('f', 'before')
    const handle = await fs.open('f', 'w')
    await handle.write('after')
    await handle.abandon()
    expect(await fs.readFile('f', 'utf8')).toBe('before')
  })

  it('says at close and at sync that the store failed', async () => {
    const { fs, store } = createTestFiles()
    const handle = await fs.open('f', 'w')
    await handle.write('x')
    store.failWith(Object.assign(new Error('full'), { code: 'ERR_STORE_BACKEND' }))
    await expect(handle.sync()).rejects.toMatchObject({ code: 'ERR_STORE_BACKEND' })
    await expect(handle.close()).rejects.toMatchObject({ code: 'ERR_STORE_BACKEND' })
    store.failWith(undefined)
    expect(await fs.readFile('f', 'utf8')).toBe('')
  })

  it.each([
    ['no number for a position', { position: 1.5 }, 'ERR_OUT_OF_RANGE'],
    ['a negative offset', { offset: -1 }, 'ERR_OUT_OF_RANGE'],
    ['more than the buffer holds', { length: 11 }, 'ERR_OUT_OF_RANGE'],
    ['a position that is text', { position: 'x' as never }, 'ERR_INVALID_ARG_TYPE']
  ])('refuses to read with %s', async (_title, options, code) => {
    const { fs } = createTestFiles()
    await fs.writeFile('f', 'x')
    const handle = await fs.open('f')
    await expect(handle.read({ buffer: Buffer.alloc(10), ...options })).rejects.toMatchObject({ code })
  })

  it.each(['frob', 'R', '', -1, 1.5])('is not opened with the flags %j', async (flags) => {
    const { fs } = createTestFiles()
    await expect(fs.open('f', flags)).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' })
  })

  it('refuses to make a file longer than can be', async () => {
    const { fs } = createTestFiles()
    const handle = await fs.open('f', 'w')
    await expect(handle.write('x', 2 ** 43)).rejects.toMatchObject({ code: 'EFBIG', syscall: 'write' })
    await expect(handle.truncate(2 ** 43 + 1)).rejects.toMatchObject({ code: 'EFBIG' })
    await handle.truncate(2 ** 42)
    expect((await handle.stat()).size).toBe(2 ** 42)
    await handle.close()
    await expect(fs.readFile('f')).rejects.toMatchObject({ code: 'ERR_FS_FILE_TOO_LARGE' })
  })
})
