import { once } from 'node:events'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import { createReadStream } from '../../../packages/sdk/src/seal/fs/read-stream.js'
import { toWebStream, toWritableStream } from '../../../packages/sdk/src/seal/fs/web-streams.js'
import { createWriteStream } from '../../../packages/sdk/src/seal/fs/write-stream.js'
import { createTestFiles } from '../support/files.js'

const text = Array.from({ length: 30_000 }, (_, i) => `line ${i}`).join('\n')

describe('a read stream', () => {
  it('gives the whole file, chunk by chunk', async () => {
    const { fs } = createTestFiles()
    await fs.writeFile('f', text)
    const stream = createReadStream(() => fs.open('f'), {})
    expect((await stream.toArray()).map(String).join('')).toBe(text)
    expect(stream.bytesRead).toBe(text.length)
  })

  it.each([
    [{ start: 5, end: 9 }, text.slice(5, 10)],
    [{ end: 3 }, text.slice(0, 4)],
    [{ start: text.length - 4 }, text.slice(-4)],
    [{ start: text.length + 5 }, ''],
    [{ start: 0, end: 0 }, text.slice(0, 1)],
    [{ start: 10, end: 1e9, highWaterMark: 7777 }, text.slice(10)]
  ])('gives the range %j', async (options, expected) => {
    const { fs } = createTestFiles()
    await fs.writeFile('f', text)
    expect((await createReadStream(() => fs.open('f'), options).toArray()).map(String).join('')).toBe(expected)
    const web = toWebStream(() => fs.open('f'), options)
    expect(await new Response(web as ReadableStream).text()).toBe(expected)
  })

  it.each([{ start: -1 }, { start: 1.5 }, { end: -2 }, { start: 3, end: 2 }, { start: 'x' as never }])(
    'refuses the range %j at once',
    async (options) => {
      const { fs } = createTestFiles()
      expect(() => createReadStream(() => fs.open('f'), options)).toThrow(
        expect.objectContaining({ code: 'ERR_OUT_OF_RANGE' })
      )
    }
  )

  it('fails with the error of open, and of the signal', async () => {
    const { fs } = createTestFiles()
    await expect(createReadStream(() => fs.open('nothing'), {}).toArray()).rejects.toMatchObject({ code: 'ENOENT' })
    await fs.writeFile('f', text)
    const abort = new AbortController()
    const stream = createReadStream(() => fs.open('f'), { signal: abort.signal })
    abort.abort()
    await expect(stream.toArray()).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('speaks of its opening, as streams of files do', async () => {
    const { fs } = createTestFiles()
    await fs.writeFile('f', 'x')
    const stream = createReadStream(() => fs.open('f'), { encoding: 'utf8' })
    const [fd] = await once(stream, 'open')
    expect(fd).toBeGreaterThan(2)
    expect(await stream.toArray()).toEqual(['x'])
  })
})

describe('a write stream', () => {
  it('replaces the file when it ends', async () => {
    const { fs } = createTestFiles()
    await fs.writeFile('f', 'before')
    const stream = createWriteStream(() => fs.open('f', 'w'), {})
    await pipeline(Readable.from([text, Buffer.from('end')]), stream)
    expect(await fs.readFile('f', 'utf8')).toBe(`${text}end`)
    expect(stream.bytesWritten).toBe(text.length + 3)
  })

  it('leaves what was there when it fails half-way', async () => {
    const { fs } = createTestFiles()
    await fs.writeFile('f', 'before')
    const broken = async function* () {
      yield text
      throw new Error('the source broke')
    }
    await expect(
      pipeline(
        broken,
        createWriteStream(() => fs.open('f', 'w'), {})
      )
    ).rejects.toThrow('the source broke')
    expect(await fs.readFile('f', 'utf8')).toBe('before')
  })

  it('begins where it is told to', async () => {
    const { fs } = createTestFiles()
    await fs.writeFile('f', '0123456789')
    await pipeline(
      Readable.from(['ab']),
      createWriteStream(() => fs.open('f', 'r+'), { start: 3 })
    )
    expect(await fs.readFile('f', 'utf8')).toBe('012ab56789')
  })
})

describe('web streams', () => {
  it('copy a file from end to end', async () => {
    const { fs } = createTestFiles()
    await fs.writeFile('f', text)
    await toWebStream(() => fs.open('f'), {}).pipeTo(toWritableStream(() => fs.open('g', 'w')))
    expect(await fs.readFile('g', 'utf8')).toBe(text)
  })

  it('leave what was there when they are aborted', async () => {
    const { fs } = createTestFiles()
    await fs.writeFile('f', 'before')
    const writer = toWritableStream(() => fs.open('f', 'w')).getWriter()
    await writer.write(Buffer.from('half'))
    await writer.abort()
    expect(await fs.readFile('f', 'utf8')).toBe('before')
  })

  it('close the handle when the reader goes away', async () => {
    const { fs } = createTestFiles()
    await fs.writeFile('f', text)
    const handle = await fs.open('f')
    const reader = toWebStream(async () => handle, {}).getReader()
    await reader.read()
    await reader.cancel()
    expect(handle.fd).toBe(-1)
  })

  it('of a handle begin at its position, and leave it open', async () => {
    const { fs } = createTestFiles()
    await fs.writeFile('f', '0123456789')
    const handle = await fs.open('f')
    await handle.read(Buffer.alloc(4))
    expect(await new Response(handle.readableWebStream() as ReadableStream).text()).toBe('456789')
    expect(handle.fd).toBeGreaterThan(0)
    await handle.close()
  })
})
