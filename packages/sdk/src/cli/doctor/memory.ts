// Whether secrets in memory can reach a disk: locked memory, swap, core dumps.
import { type Finding, ok, warn } from './finding.js'
import type { Machine } from './machine.js'

/** For keys, not for data: a few pages for each key in use. */
const enoughLockedBytes = 1 << 20

export async function examineMemory(machine: Machine): Promise<readonly Finding[]> {
  if (machine.platform !== 'linux') return []
  const limits = (await machine.readText('/proc/self/limits')) ?? ''
  return [examineLocked(limitOf(limits, 'Max locked memory')), examineCore(limitOf(limits, 'Max core file size'))]
    .flat()
    .concat(await examineSwap(machine))
}

function examineLocked(limit: string | undefined): readonly Finding[] {
  if (limit === undefined) return []
  if (limit === 'unlimited' || Number(limit) >= enoughLockedBytes) {
    return [
      ok(
        'memlock',
        `${limit === 'unlimited' ? 'any amount' : `${Number(limit) >> 10} KiB`} of memory can be locked for keys`
      )
    ]
  }
  const remedy = 'raise it: `ulimit -l 8192`, LimitMEMLOCK=8M in systemd, or --ulimit memlock=8388608 for containers'
  return [warn('memlock', `only ${Number(limit) >> 10} KiB of memory can be locked for keys`, remedy)]
}

function examineCore(limit: string | undefined): readonly Finding[] {
  if (limit === undefined || limit === '0') return []
  return [
    warn('core-dumps', 'a crash may write the memory of this process to a core file', 'set `ulimit -c 0` in production')
  ]
}

async function examineSwap(machine: Machine): Promise<readonly Finding[]> {
  const swaps = (await machine.readText('/proc/swaps')) ?? ''
  if (swaps.trim().split('\n').length < 2) return []
  return [
    warn(
      'swap',
      'swap is on: memory may be written to a disk',
      'turn it off in the guest, or encrypt it with a key of the guest'
    )
  ]
}

/** The soft limit: the first value after the name. */
function limitOf(limits: string, name: string): string | undefined {
  const line = limits.split('\n').find((candidate) => candidate.startsWith(name))
  return line?.slice(name.length).trim().split(/\s+/)[0]
}
