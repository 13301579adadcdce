// What the kernel interface below an assertion is like. Both rungs describe theirs in the same words: FUSE emulates it, the module
// in the virtual machine registers it with the kernel's own configfs-tsm.

export interface World {
  readonly name: string
  /** What the driver calls itself, or `none` where no driver has registered. */
  readonly provider: 'sev_guest' | 'tdx_guest' | 'none'
  /** The files of an entry below tsm/report. */
  readonly attributes: readonly string[]
  readonly privlevelFloor: number
  /** In auxblob. */
  readonly certificateTableBytes: number
  /** In manifestblob; the file is absent where it is empty. */
  readonly manifest: string
  /** `attest` with this nonce gets an answer that is signed, at the lowest level; hex. */
  readonly signedNonce: string
  /** The root of the fake vendor, as `unsafeExtraRoots` takes it, with its key in hex. */
  readonly root: { readonly product: string; readonly spki: string }
  /** What the vendor publishes about the platform, where the guest does not get it from its host; bytes in hex. */
  readonly endorsements: readonly { readonly mediaType: string; readonly bytes: string }[]
  /** When the certificates are valid. */
  readonly now: string
  /** Whom the program becomes first; absent: it stays who it is. */
  readonly uid?: number
}

/** One statement about the interface. `run` throws where it does not hold. */
export interface Assertion {
  readonly name: string
  readonly run: (world: World) => void | Promise<void>
}

export const reportDirectory = '/sys/kernel/config/tsm/report'
export const reportDataBytes = 64

const snpAttributes = ['auxblob', 'generation', 'inblob', 'outblob', 'privlevel', 'privlevel_floor', 'provider']

/** The worlds that every rung has, without what depends on the fake vendor. */
export const worldShapes = {
  snp: { name: 'snp', provider: 'sev_guest', attributes: snpAttributes, privlevelFloor: 0, manifest: '' },
  svsm: {
    name: 'svsm',
    provider: 'sev_guest',
    attributes: [...snpAttributes, 'manifestblob'],
    privlevelFloor: 2,
    manifest: 'services of the emulated SVSM'
  },
  tdx: {
    name: 'tdx',
    provider: 'tdx_guest',
    attributes: ['generation', 'inblob', 'outblob', 'provider'],
    privlevelFloor: 0,
    manifest: ''
  },
  none: { name: 'none', provider: 'none', attributes: [], privlevelFloor: 0, manifest: '' }
} as const satisfies Record<string, Partial<World>>

export type WorldName = keyof typeof worldShapes

/** A quote in the buffer that the driver of TDX shares with the host. */
export const paddedQuoteBytes = 8000
/** Of a quote of version 4. */
const tdxReportDataOffset = 48 + 520

/** Where the report data stands in the outblob. */
export function reportDataOffset({ provider }: World): number {
  return provider === 'tdx_guest' ? tdxReportDataOffset : 0x50
}

export function outblobBytes({ provider }: World): number {
  return provider === 'tdx_guest' ? paddedQuoteBytes : 1184
}
