// The file layer on a store in memory.
import { OpenFiles } from '../../../packages/sdk/src/seal/fs/open-files.js'
import { createSession, type SessionContext } from '../../../packages/sdk/src/seal/fs/session.js'
import { VaultPromises } from '../../../packages/sdk/src/seal/fs/vault-promises.js'
import { createMemoryStore, type MemoryStore } from './memory-store.js'

export interface TestFiles {
  readonly fs: VaultPromises
  readonly store: MemoryStore
  readonly context: SessionContext
}

export function createTestFiles(options: { readonly now?: () => number } = {}): TestFiles {
  const store = createMemoryStore()
  const now = options.now ?? (() => 1_700_000_000_000)
  const context = { store, now, files: new OpenFiles({ store, now }) }
  return { fs: new VaultPromises(createSession(context), randomNames()), store, context }
}

/** Not random: other names each time. */
function randomNames(): (length: number) => Uint8Array {
  let calls = 0
  return (length) => {
    calls++
    return Uint8Array.from({ length }, (_, i) => (calls >> (4 * i)) & 0xf)
  }
}
