// Runtime measurement registers of this TD: read, and extend those that are left to the guest. Linux 6.16 shows them in sysfs
// (Documentation/ABI/testing/sysfs-devices-virtual-misc-tdx_guest); kernels with the earlier proposal, in configfs.
import { expectBytes, UnavailableError, UsageError } from '../../core/index.js'
import { RequestQueue } from '../request-queue.js'
import { configfsRtmrs } from './rtmr-configfs.js'
import type { ExtendableRtmr, RtmrAccess, RtmrInterface, RtmrValues } from './rtmr-interface.js'
import { sysfsRtmrs } from './rtmr-sysfs.js'

/**
 * What the four registers hold now.
 * @throws UnavailableError ERR_DEVICE_MISSING, ERR_DEVICE_PERMISSION, ERR_DEVICE_BUSY, ERR_DEVICE_REFUSED, ERR_DEVICE_RESPONSE
 */
export function readRtmrs(): Promise<RtmrValues> {
  return kernelRtmrs().readRtmrs()
}

/**
 * Extends a register: it becomes SHA-384(old value ‖ digest). That cannot be taken back before the guest restarts, and everything that
 * is measured once into a register changes what policies must say. No entry in the event log comes of it.
 * The order counts: await one extension before the next.
 *
 * @param digest 48 bytes, the SHA-384 of what is to be measured
 * @throws UsageError ERR_USAGE_OPTION
 * @throws UnavailableError as `readRtmrs`
 */
export function extendRtmr(index: ExtendableRtmr, digest: Uint8Array): Promise<void> {
  return kernelRtmrs().extendRtmr(index, digest)
}

/** Uses the first interface that is there, and says what is wrong with the newest where none is. */
export function createRtmrAccess(newest: RtmrInterface, older: RtmrInterface): RtmrAccess {
  const queue = new RequestQueue()
  const withInterface = async <T>(use: (kernel: RtmrInterface) => Promise<T>): Promise<T> => {
    try {
      return await use(newest)
    } catch (error) {
      if (!isMissing(error)) throw error
      return use(older).catch((olderError: unknown) => {
        throw isMissing(olderError) ? error : olderError
      })
    }
  }
  return {
    readRtmrs: () => queue.run(() => withInterface(readAll)),
    extendRtmr: async (index, digest) => {
      const copy = expectExtension(index, digest)
      await queue.run(() => withInterface((kernel) => kernel.extend(index, copy)))
    }
  }
}

function kernelRtmrs(): RtmrAccess {
  return createRtmrAccess(sysfsRtmrs(), configfsRtmrs())
}

async function readAll(kernel: RtmrInterface): Promise<RtmrValues> {
  return [await kernel.read(0), await kernel.read(1), await kernel.read(2), await kernel.read(3)]
}

/** A copy of the digest. @throws UsageError ERR_USAGE_OPTION */
export function expectExtension(index: ExtendableRtmr, digest: Uint8Array): Uint8Array {
  if (index === 2 || index === 3) return expectBytes(digest, 48, 'digest').slice()
  throw new UsageError(
    'ERR_USAGE_OPTION',
    'index: expected 2 or 3, the registers that the firmware leaves to the guest',
    {
      details: { field: 'index' }
    }
  )
}

function isMissing(error: unknown): boolean {
  return error instanceof UnavailableError && error.code === 'ERR_DEVICE_MISSING'
}
