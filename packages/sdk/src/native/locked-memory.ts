// Memory for keys that stays out of swap and core dumps, where addon and RLIMIT_MEMLOCK allow it; else ordinary memory, and a warning.
import type { MemoryHandle } from '@tresor/native'
import {
  expectBoolean,
  expectBytes,
  expectInteger,
  expectOptions,
  UnavailableError,
  UsageError
} from '../core/index.js'
import { type Addon, loadAddon } from './addon.js'
import { allocatePlainRegion, allocateRegion, type MemoryRegion } from './memory-region.js'

/** Holds a secret until it is wiped. Prints as `[redacted]`. Copies that `read` makes are ordinary memory, for the caller to wipe. */
export interface LockedMemory {
  /** In bytes. */
  readonly size: number
  /** False: the secret may reach swap. */
  readonly locked: boolean
  /** Copies `bytes` in, from `offset` (default 0) on. */
  fill(bytes: Uint8Array, offset?: number): void
  fillRandom(): void
  read(): Uint8Array
  /** Compares in a time that does not depend on the contents. Another length is never equal. */
  equals(bytes: Uint8Array): boolean
  /** Zeroes it. May be repeated; everything else fails afterwards. */
  wipe(): void
}

export interface LockedMemoryOptions {
  /** Fail rather than use memory that is not locked. Default false: a warning, once per process. */
  readonly mustLock?: boolean
}

const maxBytes = 1 << 24

/**
 * `size` bytes, all zero. It does not protect from code in this process.
 * @throws UsageError ERR_USAGE_OPTION
 * @throws UnavailableError ERR_MEMORY_LOCK, from its methods too once it has been wiped
 */
export async function allocateLocked(size: number, options: LockedMemoryOptions = {}): Promise<LockedMemory> {
  return allocateLockedWith(loadAddon, size, options)
}

export async function allocateLockedWith(
  load: () => Promise<Pick<Addon, 'memory'>>,
  size: number,
  options: LockedMemoryOptions
): Promise<LockedMemory> {
  expectInteger(size, [1, maxBytes], 'size')
  const mustLock = expectBoolean(expectOptions(options, ['mustLock'], 'allocateLocked').mustLock ?? false, 'mustLock')
  const region = await allocate(load, size)
  if (region.problem !== undefined) {
    if (mustLock) throw new UnavailableError('ERR_MEMORY_LOCK', `memory for keys: ${region.problem}`)
    warnOfUnlockedMemory(region.problem)
  }
  return new GuardedMemory(region, size)
}

async function allocate(load: () => Promise<Pick<Addon, 'memory'>>, size: number): Promise<MemoryRegion> {
  try {
    return allocateRegion((await load()).memory, size)
  } catch (error) {
    if (error instanceof UnavailableError) return allocatePlainRegion(size, error)
    throw new UnavailableError('ERR_MEMORY_LOCK', `memory for keys: the kernel gives no ${size} bytes`, {
      cause: error
    })
  }
}

const said = Symbol.for('@tresor/sdk.memory-warning')

/** Once per process, also where several copies of this package are loaded. */
function warnOfUnlockedMemory(problem: string): void {
  if (Reflect.get(process, said) === true) return
  Reflect.defineProperty(process, said, { value: true, configurable: true })
  process.emitWarning(`keys may reach swap: ${problem}`, { code: 'TRESOR_MEMORY_LOCK' })
}

/**
 * For calls of the addon that take keys. `undefined` where the memory is not the addon's.
 * @throws UnavailableError ERR_MEMORY_LOCK once it has been wiped
 */
export function handleOf(memory: LockedMemory): MemoryHandle | undefined {
  return memory instanceof GuardedMemory ? memory.handle() : undefined
}

/** Keeps to the size, and to the time before it is wiped. */
class GuardedMemory implements LockedMemory {
  readonly size: number
  readonly locked: boolean
  #region: MemoryRegion | undefined

  constructor(region: MemoryRegion, size: number) {
    this.#region = region
    this.size = size
    this.locked = region.problem === undefined
  }

  fill(bytes: Uint8Array, offset = 0): void {
    expectInteger(offset, [0, this.size], 'offset')
    expectBytes(bytes, [0, this.size - offset], 'bytes')
    this.#present().fill(bytes, offset)
  }

  fillRandom(): void {
    this.#present().fillRandom()
  }

  read(): Uint8Array {
    return this.#present().read()
  }

  equals(bytes: Uint8Array): boolean {
    if (!(bytes instanceof Uint8Array)) throw new UsageError('ERR_USAGE_OPTION', 'bytes: expected a Uint8Array')
    const region = this.#present()
    return bytes.length === this.size && region.equals(bytes)
  }

  handle(): MemoryHandle | undefined {
    return this.#present().handle
  }

  wipe(): void {
    this.#region?.wipe()
    this.#region = undefined
  }

  toJSON(): string {
    return `[redacted ${this.size} bytes]`
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toJSON()
  }

  #present(): MemoryRegion {
    if (this.#region === undefined) throw new UnavailableError('ERR_MEMORY_LOCK', 'memory for keys: it has been wiped')
    return this.#region
  }
}
