// The registers of a TD that can be read and extended while it runs, and the seam to the interfaces of the kernel.

export type RtmrIndex = 0 | 1 | 2 | 3

/** RTMR 0 and 1 belong to the firmware. Linux measures into 2, and leaves 3 to applications. */
export type ExtendableRtmr = 2 | 3

/** Values of 48 bytes, by index. */
export type RtmrValues = readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array]

/** Whoever can read and extend the registers of a TD: the kernel, or a simulator. */
export interface RtmrAccess {
  readRtmrs(): Promise<RtmrValues>
  extendRtmr(index: ExtendableRtmr, digest: Uint8Array): Promise<void>
}

/** One interface of the kernel. */
export interface RtmrInterface {
  read(index: RtmrIndex): Promise<Uint8Array>
  extend(index: RtmrIndex, digest: Uint8Array): Promise<void>
}
