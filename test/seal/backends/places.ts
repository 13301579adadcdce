// Places for stores in tests.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { directory } from '../../../packages/sdk/src/seal/backends/directory/index.js'
import { memory } from '../../../packages/sdk/src/seal/backends/memory/index.js'
import type { BackendPlace } from './contract.js'

export async function memoryPlace(): Promise<BackendPlace> {
  const backend = memory()
  return { open: () => backend, remove: async () => undefined }
}

export async function directoryPlace(): Promise<BackendPlace & { readonly path: string }> {
  const parent = await mkdtemp(join(tmpdir(), 'tresor-store-'))
  const path = join(parent, 'new', 'store')
  return { path, open: () => directory(path), remove: () => rm(parent, { recursive: true, force: true }) }
}
