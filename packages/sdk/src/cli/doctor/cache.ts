// Collateral that is kept on this machine.
import { type Finding, ok, warn } from './finding.js'
import type { Machine } from './machine.js'

export async function examineCache(machine: Machine, directory: string): Promise<Finding> {
  const sizes = await machine.listSizes(directory)
  if (sizes === undefined) return ok('cache', `no collateral is cached yet (${directory})`)
  const kilobytes = Math.ceil(sizes.reduce((sum, size) => sum + size, 0) / 1024)
  const text = `${sizes.length} items of collateral are cached in ${directory} (${kilobytes} KiB)`
  if ((await machine.access(directory)) === 'usable') return ok('cache', text)
  return warn(
    'cache',
    `${text}, which cannot be written to`,
    'give this user the directory, or name another with --cache'
  )
}
