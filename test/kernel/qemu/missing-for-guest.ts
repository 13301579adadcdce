// Whether this machine can boot the guest: programs, addon, and a kernel from the cache or the mirror.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type MissingParts, missingParts } from '../../support/system-parts.js'
import { repository } from '../support/build-directory.js'
import { type DebianKernel, obtainKernel } from './debian-kernel.js'

export interface GuestKernel {
  readonly kernel?: DebianKernel
  readonly missing?: MissingParts
}

const addon = join(repository, 'packages', 'native', 'prebuilds', 'linux-x64', 'tresor.glibc.node')

/** Downloads the kernel where it is not cached: only then is it known whether the guest can run. */
export async function findGuestKernel(): Promise<GuestKernel> {
  const missing = missingHere()
  if (missing !== undefined) return { missing }
  try {
    return { kernel: await obtainKernel() }
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
    return { missing: { reason: `no kernel: ${reason}`, install: 'needs a Debian mirror that has bookworm-backports' } }
  }
}

function missingHere(): MissingParts | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return {
      reason: `the guest is x86-64 Linux, this is ${process.platform} ${process.arch}`,
      install: 'use such a machine'
    }
  }
  const missing = missingParts(['qemu', 'cpio', 'busybox', 'cc', 'bc'])
  if (missing !== undefined || existsSync(addon)) return missing
  return { reason: 'the addon is not built', install: 'node packages/native/build.mjs' }
}
