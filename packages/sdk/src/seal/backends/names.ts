// Names of blobs and keyrings: nothing that a file system, a URL or a query could take for anything else.
import { UsageError } from '../../core/index.js'

const pattern = /^[a-z0-9-]{1,64}$/

export function isName(name: string): boolean {
  return pattern.test(name)
}

/** @throws UsageError ERR_USAGE_OPTION: names come from authenticated records, so a wrong one is a mistake of ours */
export function expectName(name: string): string {
  if (!isName(name)) {
    throw new UsageError('ERR_USAGE_OPTION', 'name of a blob: expected 1 to 64 characters of a-z, 0-9 and -', {
      details: { field: 'name' }
    })
  }
  return name
}
