// Uses a store as a user without privilege, and reports what that met. Argument: directory.
import { TresorError } from '../../../packages/sdk/src/core/index.js'
import { directoryStore } from '../../../packages/sdk/src/verify/node/index.js'
import { workTogether } from '../../support/processes.js'

const nobody = 65_534
if (process.getuid?.() === 0) {
  process.setgid?.(nobody)
  process.setuid?.(nobody)
}
const store = directoryStore(process.argv[2] ?? '')
const record = { bytes: Uint8Array.of(1), fetchedAt: new Date(0) }

await workTogether(async () => ({
  put: await failureOf(() => store.put('key', record)),
  get: await failureOf(() => store.get('key'))
}))

async function failureOf(work: () => Promise<unknown>): Promise<string> {
  try {
    return `done: ${await work()}`
  } catch (error) {
    return TresorError.is(error) ? `${error.code} ${error.message}` : String(error)
  }
}
