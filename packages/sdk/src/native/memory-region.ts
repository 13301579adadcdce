// Where a secret lies: in the addon's locked pages, or in an array of this process.
import { randomFillSync, timingSafeEqual } from 'node:crypto'
import type { MemoryHandle } from '@tresor/native'
import type { UnavailableError } from '../core/index.js'
import type { Addon } from './addon.js'

/** Bytes without checks: the caller keeps to the size and does not use it after `wipe`. */
export interface MemoryRegion {
  /** Why it is not locked; absent where it is. */
  readonly problem?: string
  /** Where it is the addon's. */
  readonly handle?: MemoryHandle
  fill(bytes: Uint8Array, offset: number): void
  fillRandom(): void
  read(): Uint8Array
  equals(bytes: Uint8Array): boolean
  wipe(): void
}

export function allocateRegion(memory: Addon['memory'], size: number): MemoryRegion {
  const handle = memory.allocate(size)
  const { locked, lockError = 'unknown reason' } = memory.info(handle)
  return {
    handle,
    ...(locked
      ? {}
      : { problem: `the kernel does not lock it (${lockError}): raise RLIMIT_MEMLOCK, for example with ulimit -l` }),
    fill: (bytes, offset) => memory.fill(handle, bytes, offset),
    fillRandom: () => memory.fillRandom(handle),
    read: () => memory.read(handle),
    equals: (bytes) => memory.equals(handle, bytes),
    wipe: () => memory.wipe(handle)
  }
}

/** What is there without the addon. */
export function allocatePlainRegion(size: number, failure: UnavailableError): MemoryRegion {
  const bytes = new Uint8Array(size)
  return {
    problem: failure.message,
    fill: (content, offset) => bytes.set(content, offset),
    fillRandom: () => randomFillSync(bytes),
    read: () => bytes.slice(),
    equals: (other) => timingSafeEqual(bytes, other),
    wipe: () => bytes.fill(0)
  }
}
