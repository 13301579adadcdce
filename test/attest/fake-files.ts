// Files in memory that fail as the kernel's do, for whatever reads one or two paths.
import { errno } from './fake-tsm.js'

/** A reader of `files`; what is an errno fails with it, and everything else is not there. */
export function fakeReader(
  files: Readonly<Record<string, Uint8Array | string>>
): (path: string, maxBytes: number) => Promise<Uint8Array> {
  return async (path) => {
    const content = files[path]
    if (content === undefined) throw errno('ENOENT', 'open')
    if (typeof content === 'string') throw errno(content, 'open')
    return content
  }
}

export const paths = {
  eventLog: '/sys/firmware/acpi/tables/data/CCEL',
  qgsConfig: '/etc/tdx-attest.conf'
} as const
