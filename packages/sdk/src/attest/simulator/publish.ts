// Files that are made once, whole or not at all, by whichever process comes first.
import { randomBytes } from 'node:crypto'
import { link, open, rm } from 'node:fs/promises'
import { isErrnoFailure } from '../errno.js'

/** Writes aside, then gives the file its name in one step. Where the name is taken already, the file there stays. */
export async function publishOnce(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(8).toString('hex')}.tmp`
  try {
    await writeDurably(draft, text)
    await link(draft, path)
  } catch (error) {
    if (!(isErrnoFailure(error) && error.code === 'EEXIST')) throw error
  } finally {
    await rm(draft, { force: true })
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}
