// Small files of the kernel and of the administrator, read to their end: sysfs states no size that could be trusted.
import { kernelTsm } from '../tsm/index.js'

/** Fails for a file of more than `maxBytes`. */
export type ReadFile = (path: string, maxBytes: number) => Promise<Uint8Array>

export const readSmallFile: ReadFile = (path, maxBytes) => kernelTsm.files.read(path, maxBytes)
