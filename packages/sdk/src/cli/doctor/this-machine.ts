// The machine that this process runs on.
import { constants } from 'node:fs'
import { access, open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { checkAddon } from '../../attest/index.js'
import { TresorError } from '../../core/index.js'
import type { Machine } from './machine.js'

export const thisMachine: Machine = {
  platform: process.platform,
  nodeVersion: process.version,
  execArguments: process.execArgv,
  readText: (path) => orNothing(() => readStart(path)),
  access: accessOf,
  listSizes: (path) => orNothing(() => sizesIn(path)),
  addonProblem: async () => {
    try {
      await checkAddon()
      return undefined
    } catch (error) {
      if (TresorError.is(error)) return error.message
      throw error
    }
  }
}

const maxTextBytes = 65_536

async function readStart(path: string): Promise<string> {
  const file = await open(path, 'r')
  try {
    const { bytesRead, buffer } = await file.read({ buffer: new Uint8Array(maxTextBytes) })
    return new TextDecoder().decode(buffer.subarray(0, bytesRead))
  } finally {
    await file.close()
  }
}

async function accessOf(path: string): ReturnType<Machine['access']> {
  try {
    await access(path, constants.R_OK | constants.W_OK)
    return 'usable'
  } catch (error) {
    return codeOf(error) === 'EACCES' || codeOf(error) === 'EPERM' || codeOf(error) === 'EROFS'
      ? 'forbidden'
      : 'missing'
  }
}

async function sizesIn(path: string): Promise<readonly number[]> {
  const entries = await readdir(path, { withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
  return Promise.all(files.map(async ({ name }) => (await stat(join(path, name))).size))
}

async function orNothing<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (codeOf(error) === undefined) throw error
    return undefined
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
