import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nodeFiles } from '../../packages/sdk/src/attest/tsm/files.js'

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tresor-tsm-'))
})
afterAll(() => rm(directory, { recursive: true }))

test('reads a file to its end, over several reads', async () => {
  const path = join(directory, 'long')
  const bytes = new Uint8Array(70_000).map((_, i) => i)
  await writeFile(path, bytes)
  expect(await nodeFiles.read(path, 70_000)).toEqual(bytes)
})

test('reads an empty file', async () => {
  await writeFile(join(directory, 'empty'), '')
  expect(await nodeFiles.read(join(directory, 'empty'), 10)).toHaveLength(0)
})

test('stops reading at the limit', async () => {
  await expect(nodeFiles.read('/dev/zero', 1 << 16)).rejects.toMatchObject({ code: 'ERR_DEVICE_RESPONSE' })
})

test('writes without creating or truncating', async () => {
  const path = join(directory, 'write')
  await expect(nodeFiles.write(path, Uint8Array.of(1))).rejects.toMatchObject({ code: 'ENOENT' })
  await writeFile(path, 'abc')
  await nodeFiles.write(path, new TextEncoder().encode('xy'))
  expect(await readFile(path, 'utf8')).toBe('xyc')
})

test('makes and removes one directory, and never what is in it', async () => {
  const path = join(directory, 'entry')
  await nodeFiles.makeDirectory(path)
  await expect(nodeFiles.makeDirectory(path)).rejects.toMatchObject({ code: 'EEXIST' })
  await writeFile(join(path, 'inblob'), '')
  await expect(nodeFiles.removeDirectory(path)).rejects.toMatchObject({ code: 'ENOTEMPTY' })
  await rm(join(path, 'inblob'))
  await nodeFiles.removeDirectory(path)
})
