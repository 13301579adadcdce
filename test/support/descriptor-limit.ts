// How many files and connections a process may have open.
import { readFileSync } from 'node:fs'

/** Node raises the limit of a process to this by itself, as far as it may. */
export function descriptorLimit(): number {
  const [, , hard = '0'] = /^Max open files +(\d+|unlimited) +(\d+|unlimited)/m.exec(readLimits()) ?? []
  return hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard)
}

function readLimits(): string {
  return readFileSync('/proc/self/limits', 'utf8')
}
