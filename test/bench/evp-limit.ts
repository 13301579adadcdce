// What OpenSSL itself can do: one AES-256-GCM message of a mebibyte through the functions that Node exports. No addon on them can be faster.
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

type Limit = (encrypts: boolean, input: Uint8Array, output: Uint8Array) => boolean

/** Built anew, or why it cannot be. */
export function loadEvpLimit(): Limit | string {
  const file = join(process.cwd(), '.cache/bench/evp-limit.node')
  mkdirSync(join(process.cwd(), '.cache/bench'), { recursive: true })
  const headers = join(process.cwd(), 'packages/native/node_modules/node-api-headers/include')
  const args = ['-O2', '-shared', '-fPIC', '-I', headers, '-o', file, 'test/bench/evp-limit.c']
  const { status, error } = spawnSync(process.env.CC ?? 'cc', args, { stdio: ['ignore', 2, 2] })
  if (status !== 0) return `evp-limit.c does not build: ${error?.message ?? 'see above'} (apt-get install g++)`
  const limit: Limit = createRequire(import.meta.url)(file)
  return limit(true, new Uint8Array(16), new Uint8Array(16)) ? limit : 'EVP refuses to encrypt'
}
