import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { maxInputBytes, readInput, writeWhole } from '../../packages/sdk/src/cli/files.js'
import { temporaryDirectory } from './run.js'

const directory = temporaryDirectory()
const noStdin = { readStdin: async () => new Uint8Array(0) }
const path = (name: string): string => join(directory, name)

describe('reading a file', () => {
  it('gives its bytes', async () => {
    writeFileSync(path('a'), 'abc')
    expect(await readInput(path('a'), noStdin)).toEqual(new Uint8Array([97, 98, 99]))
  })

  it('takes `-` for standard input', async () => {
    expect(await readInput('-', { readStdin: async () => Uint8Array.of(1) })).toEqual(Uint8Array.of(1))
  })

  it('takes a pipe', async () => {
    execFileSync('mkfifo', [path('pipe')])
    const reading = readInput(path('pipe'), noStdin)
    spawn('sh', ['-c', `printf abc > '${path('pipe')}'`], { stdio: 'ignore' })
    expect(new TextDecoder().decode(await reading)).toBe('abc')
  })

  it.each([
    ['one that is missing', () => path('missing'), 'does not exist'],
    ['a directory', () => directory, 'is a directory'],
    ['a path below a file', () => `${import.meta.filename}/x`, 'does not exist'],
    ['a file of 1 GB, without reading it', () => sparse(1 << 30), 'is larger than'],
    ['a device without an end', () => '/dev/zero', 'is larger than'],
    ['a name that is too long', () => path('x'.repeat(300)), 'has a name that is too long']
  ])('refuses %s', async (_, make, message) => {
    await expect(readInput(make(), noStdin)).rejects.toMatchObject({
      code: 'ERR_USAGE_FILE',
      message: expect.stringContaining(message)
    })
  })

  it('refuses standard input that is too long', async () => {
    const readStdin = async (max: number): Promise<Uint8Array> => new Uint8Array(max + 1)
    await expect(readInput('-', { readStdin })).rejects.toThrow(`standard input: is larger than ${maxInputBytes} bytes`)
  })

  function sparse(size: number): string {
    writeFileSync(path('sparse'), '')
    truncateSync(path('sparse'), size)
    return path('sparse')
  }
})

describe('writing a file', () => {
  it('makes it', async () => {
    await writeWhole(path('new'), 'x')
    expect(readFileSync(path('new'), 'utf8')).toBe('x')
  })

  it('replaces it, and keeps its mode', async () => {
    writeFileSync(path('old'), 'a long old text')
    chmodSync(path('old'), 0o640)
    await writeWhole(path('old'), Uint8Array.of(120))
    expect(readFileSync(path('old'), 'utf8')).toBe('x')
    expect(statSync(path('old')).mode & 0o777).toBe(0o640)
  })

  it('replaces what a symbolic link names, and keeps the link', async () => {
    writeFileSync(path('target'), 'a')
    symlinkSync(path('target'), path('link'))
    await writeWhole(path('link'), 'b')
    expect(lstatSync(path('link')).isSymbolicLink()).toBe(true)
    expect(readFileSync(path('target'), 'utf8')).toBe('b')
  })

  it.each([
    ['a directory', () => directory, 'is a directory'],
    ['a device', () => '/dev/null', 'is not a regular file'],
    ['a directory that is missing', () => path('no/where'), 'does not exist']
  ])('refuses %s', async (_, make, message) => {
    await expect(writeWhole(make(), 'x')).rejects.toMatchObject({
      code: 'ERR_USAGE_FILE',
      message: expect.stringContaining(message)
    })
  })

  it('leaves the old file and nothing else when it fails in the middle', async () => {
    mkdirSync(path('full'))
    writeFileSync(path('full/file'), 'old')
    const broken = {
      get length(): number {
        throw Object.assign(new Error('full'), { code: 'ENOSPC' })
      }
    }
    await expect(writeWhole(path('full/file'), broken as unknown as Uint8Array)).rejects.toThrow()
    expect(readFileSync(path('full/file'), 'utf8')).toBe('old')
    expect(readdirSync(path('full'))).toEqual(['file'])
  })
})
