// What a vault promises beyond node:fs; the rest is compared with Node itself in differential.test.ts.
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { VaultFiles } from '../../../packages/sdk/src/seal/fs/promises.js'
import { createSnapshotSession, createTransactionSession } from '../../../packages/sdk/src/seal/fs/session.js'
import { createTestFiles } from '../support/files.js'

const names = () => new Uint8Array(6)

describe('files', () => {
  it('have errors with the fields and the sentence of Node', async () => {
    const { fs } = createTestFiles()
    await expect(fs.rename('a', 'b')).rejects.toMatchObject({
      message: "ENOENT: no such file or directory, rename 'a' -> 'b'",
      code: 'ENOENT',
      errno: -2,
      syscall: 'rename',
      path: 'a',
      dest: 'b'
    })
  })

  it('are named from the root of the vault, and nothing leads out of it', async () => {
    const { fs } = createTestFiles()
    await fs.mkdir('/d')
    await fs.writeFile('../../../etc-passwd', 'x')
    await fs.symlink('/../../d', 'd/up')
    expect(await fs.readdir('/')).toEqual(['d', 'etc-passwd'])
    expect(await fs.realpath('d/up/../../../d/up')).toBe('/d')
    expect(await fs.readFile(new URL('file:///etc-passwd'), 'utf8')).toBe('x')
    expect(await fs.readFile(Buffer.from('etc-passwd'), 'utf8')).toBe('x')
  })

  it.each([
    ['a NUL', 'a\0b', 'ERR_INVALID_ARG_VALUE'],
    ['a number', 5, 'ERR_INVALID_ARG_TYPE'],
    ['nothing', undefined, 'ERR_INVALID_ARG_TYPE'],
    ['bytes that are no UTF-8', Uint8Array.of(0xff), 'EILSEQ'],
    ['a URL of another kind', new URL('https://example.com/a'), 'ERR_INVALID_ARG_VALUE'],
    ['a URL with an encoded slash', new URL('file:///a%2fb'), 'ERR_INVALID_ARG_VALUE'],
    ['a URL that is no UTF-8', new URL('file:///%ff'), 'ERR_INVALID_ARG_VALUE'],
    ['an empty path', '', 'ENOENT']
  ])('are not named by %s', async (_title, path, code) => {
    const { fs } = createTestFiles()
    const named = path as string // what a caller without types gives
    const calls = [
      fs.readFile(named),
      fs.writeFile(named, ''),
      fs.stat(named),
      fs.mkdir(named),
      fs.rm(named),
      fs.readdir(named),
      fs.unlink(named),
      fs.open(named),
      fs.rename(named, 'b'),
      fs.cp(named, 'b')
    ]
    for (const call of calls) await expect(call).rejects.toMatchObject({ code })
  })

  it('take names of half surrogates as Node does', async () => {
    const { fs } = createTestFiles()
    await fs.writeFile('a\ud800', 'x')
    expect(await fs.readdir('.')).toEqual(['a\ufffd'])
  })

  it('follow forty links and no more', async () => {
    const { fs } = createTestFiles()
    await fs.writeFile('l0', 'x')
    for (let i = 1; i <= 41; i++) await fs.symlink(`l${i - 1}`, `l${i}`)
    expect(await fs.readFile('l40', 'utf8')).toBe('x')
    await expect(fs.readFile('l41')).rejects.toMatchObject({ code: 'ELOOP' })
  })

  it('are written from streams, generators and lists', async () => {
    const { fs } = createTestFiles()
    await fs.writeFile('a', Readable.from(['x', 'y']))
    await fs.writeFile('b', ['1', new Uint16Array([0x3332])])
    await fs.appendFile('b', new Blob(['z']).stream())
    expect([await fs.readFile('a', 'utf8'), await fs.readFile('b', 'utf8')]).toEqual(['xy', '123z'])
  })

  it.each([5, {}, null, undefined, new Map([[1, 2]])])('are not written from %j', async (data) => {
    const { fs, store } = createTestFiles()
    await expect(fs.writeFile('a', data)).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(store.commits).toBe(0)
  })

  it('stay as they were when the source of the new content breaks, or the caller aborts', async () => {
    const { fs } = createTestFiles()
    await fs.writeFile('a', 'before')
    const abort = new AbortController()
    const source = async function* () {
      yield 'half'
      abort.abort()
      yield 'more'
    }
    await expect(fs.writeFile('a', source(), { signal: abort.signal })).rejects.toMatchObject({ code: 'ABORT_ERR' })
    await expect(fs.readFile('a', { signal: abort.signal })).rejects.toMatchObject({ name: 'AbortError' })
    expect(await fs.readFile('a', 'utf8')).toBe('before')
  })

  it('are replaced in one commit, and copied without a byte of content', async () => {
    const { fs, store } = createTestFiles()
    await fs.writeFile('a', Buffer.alloc(100_000))
    expect(store.commits).toBe(1)
    const { written } = store
    await fs.copyFile('a', 'b')
    await fs.cp('a', 'c')
    expect(store.written).toBe(written)
    await fs.writeFile('a', 'new')
    expect([(await fs.stat('b')).size, (await fs.stat('c')).size]).toEqual([100_000, 100_000])
  })

  it('keep the destination when copyFile fails', async () => {
    const { fs } = createTestFiles()
    await fs.mkdir('d')
    await fs.writeFile('f', 'kept')
    await expect(fs.copyFile('d', 'f')).rejects.toMatchObject({ code: 'EISDIR', syscall: 'copyfile' })
    expect(await fs.readFile('f', 'utf8')).toBe('kept')
  })

  it('hold many small appends in few extents', async () => {
    const { fs, context } = createTestFiles()
    for (let i = 0; i < 400; i++) await fs.appendFile('log', `${i}\n`)
    const entry = await (await context.store.view()).get(1n, 'log')
    expect(entry?.kind === 'file' && entry.extents.length).toBeLessThanOrEqual(128)
    expect((await fs.readFile('log', 'utf8')).split('\n')[399]).toBe('399')
  })

  it('change the time of the directory that they are in', async () => {
    let now = 1000
    const { fs } = createTestFiles({ now: () => now })
    await fs.mkdir('d')
    now = 2000
    await fs.writeFile('d/f', 'x')
    expect((await fs.stat('d')).mtimeMs).toBe(2000)
    now = 3000
    await fs.writeFile('d/f', 'y')
    expect((await fs.stat('d')).mtimeMs).toBe(2000)
    expect((await fs.stat('d/f')).mtime).toEqual(new Date(3000))
    await fs.unlink('d/f')
    expect((await fs.stat('d')).mtimeMs).toBe(3000)
  })
})

describe('cp', () => {
  it('asks the filter about each path, and leaves out what it does not accept', async () => {
    const { fs } = createTestFiles()
    await fs.mkdir('a/b', { recursive: true })
    await fs.writeFile('a/1', '1')
    await fs.writeFile('a/b/2', '2')
    const asked: string[] = []
    const filter = async (source: string) => {
      asked.push(source)
      return !source.endsWith('1')
    }
    await fs.cp('a', 'copy', { recursive: true, filter })
    expect(asked).toEqual(['a', 'a/1', 'a/b', 'a/b/2'])
    expect(await fs.readdir('copy', { recursive: true })).toEqual(['b', 'b/2'])
  })

  it.each([
    ['a directory without being told to', 'd', 'x', {}, 'ERR_FS_EISDIR'],
    ['a directory into itself', 'd', 'd/x', { recursive: true }, 'ERR_FS_CP_EINVAL'],
    ['a file onto itself', 'f', 'f', {}, 'ERR_FS_CP_EINVAL'],
    ['a directory over a file', 'd', 'f', { recursive: true }, 'ERR_FS_CP_DIR_TO_NON_DIR'],
    ['a file over a directory', 'f', 'd', {}, 'ERR_FS_CP_NON_DIR_TO_DIR'],
    ['over what is there, when told so', 'f', 'g', { force: false, errorOnExist: true }, 'ERR_FS_CP_EEXIST'],
    ['what is not there', 'nothing', 'x', {}, 'ENOENT']
  ])('refuses to copy %s', async (_title, source, destination, options, code) => {
    const { fs, store } = createTestFiles()
    await fs.mkdir('d')
    await fs.writeFile('f', 'f')
    await fs.writeFile('g', 'g')
    const { commits } = store
    await expect(fs.cp(source, destination, options)).rejects.toMatchObject({ code })
    expect(store.commits).toBe(commits)
  })

  it('keeps times when told to', async () => {
    const { fs } = createTestFiles()
    await fs.writeFile('f', 'f')
    await fs.utimes('f', 100, 200)
    await fs.cp('f', 'g', { preserveTimestamps: true })
    expect((await fs.stat('g')).mtimeMs).toBe(200_000)
  })
})

describe('a transaction', () => {
  it('shows its own changes within, and to others only when it is done', async () => {
    const { fs, store, context } = createTestFiles()
    await fs.writeFile('a', '1')
    const { commits } = store
    await store.transaction(async (transaction) => {
      const session = createTransactionSession(transaction, context)
      const inside = new VaultFiles(session, names)
      await inside.writeFile('b', '2')
      await inside.rename('a', 'c')
      await inside.appendFile('c', '!')
      expect(await inside.readdir('.')).toEqual(['b', 'c'])
      expect(await fs.readdir('.')).toEqual(['a'])
      session.settle()
    })
    expect(store.commits).toBe(commits + 1)
    expect(await fs.readFile('c', 'utf8')).toBe('1!')
  })

  it('changes nothing when its work fails, also for open handles', async () => {
    const { fs, store, context } = createTestFiles()
    await fs.writeFile('a', '1')
    const handle = await fs.open('a', 'r+')
    const work = store.transaction(async (transaction) => {
      const inside = new VaultFiles(createTransactionSession(transaction, context), names)
      await inside.rename('a', 'b')
      await inside.writeFile('b', 'new')
      throw new Error('changed my mind')
    })
    await expect(work).rejects.toThrow('changed my mind')
    expect(await handle.readFile('utf8')).toBe('1')
    await handle.write('2')
    await handle.close()
    expect(await fs.readdir('.')).toEqual(['a'])
    expect(await fs.readFile('a', 'utf8')).toBe('12')
  })

  it('takes in what handles wrote before', async () => {
    const { fs, store, context } = createTestFiles()
    const handle = await fs.open('a', 'w')
    await handle.write('written')
    await store.transaction(async (transaction) => {
      const session = createTransactionSession(transaction, context)
      const inside = new VaultFiles(session, names)
      expect(await inside.readFile('a', 'utf8')).toBe('written')
      await inside.truncate('a', 5)
      session.settle()
    })
    expect((await handle.stat()).size).toBe(5)
    await handle.close()
    expect(await fs.readFile('a', 'utf8')).toBe('writt')
  })

  it('opens no handles, and is over when it is over', async () => {
    const { store, context } = createTestFiles()
    const inside = await store.transaction(async (transaction) => {
      const session = createTransactionSession(transaction, context)
      const files = new VaultFiles(session, names)
      await expect(files.writeFile('a', 'x', { flag: 'r+' })).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' })
      session.settle()
      return files
    })
    await expect(inside.mkdir('late')).rejects.toMatchObject({ code: 'EBADF' })
    await expect(inside.readdir('.')).rejects.toMatchObject({ code: 'EBADF' })
  })
})

describe('a snapshot', () => {
  it('stays as it was, and lets nothing be changed', async () => {
    const { fs, store } = createTestFiles()
    await fs.writeFile('a', 'old')
    const old = new VaultFiles(
      createSnapshotSession(await store.view(), store, () => 0),
      names
    )
    await fs.writeFile('a', 'new')
    await fs.writeFile('b', 'b')
    expect([await old.readFile('a', 'utf8'), await old.readdir('.')]).toEqual(['old', ['a']])
    for (const change of [
      old.writeFile('a', 'x'),
      old.rm('a'),
      old.mkdir('d'),
      old.rename('a', 'b'),
      old.chmod('a', 0)
    ]) {
      await expect(change).rejects.toMatchObject({ code: 'EROFS' })
    }
    await expect(old.access('a', 2)).rejects.toMatchObject({ code: 'EROFS' })
  })
})
