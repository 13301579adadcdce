// System calls for TEE guest devices, and locked memory for keys. No parsing and no policy: bytes in, bytes out.
//
// Every call that speaks to a device returns a promise, runs in a thread of libuv's pool, and may take a minute when the host throttles.
// One request at a time is sent to a device by a process, in order; what has been sent is never broken off, and a process or worker that
// ends waits for it. Paths of devices are fixed. Wrong arguments are thrown at once, as a TypeError with code `ERR_INVALID_ARG_VALUE`.
//
// Importing throws a `MissingAddonError` where no addon for the platform is installed.

/** What a failed call rejects with. */
export interface NativeError extends Error {
  /**
   * Name of an errno (`ENOENT`, `EACCES`, …; `EUNKNOWN` for a rare one), or `ERR_FIRMWARE_STATUS` when the call succeeded and the firmware's
   * answer says that it did not. `EBADMSG`: an answer that contradicts itself.
   */
  readonly code: string
  /** Negative, as in Node's own errors. Absent for `ERR_FIRMWARE_STATUS`. */
  readonly errno?: number
  /** `open`, `ioctl`, `mmap`, `getrandom`, `socket`, `connect`, `poll`, `send` or `recv`. */
  readonly syscall: string
  /** SNP, when the ioctl failed: low half of exitinfo2; 0 when it had no objection, 0xff when the driver refused and did not ask it. */
  readonly fwError?: number
  /** SNP, when the ioctl failed: high half of exitinfo2; 1 invalid length, 2 busy (linux/sev-guest.h). */
  readonly vmmError?: number
  /** SNP: status in the answer (AMD 56860 rev 1.58, §7); 0x16 invalid parameters, 0x27 invalid key selection. */
  readonly status?: number
}

/** What importing this module throws where it has no addon. */
export interface MissingAddonError extends Error {
  readonly code: 'ERR_ADDON_MISSING'
  readonly platform: string
  readonly arch: string
  /** `musl` where the C library is not glibc: Alpine, for example, for which there is no prebuilt addon. */
  readonly libc: 'glibc' | 'musl'
  /** The file that is missing or does not load; `cause` says which. */
  readonly file: string
}

export interface SnpReportRequest {
  /** 64 bytes that the report will carry. */
  readonly reportData: Uint8Array
  /** 0 to 3, not below the level that this guest runs at. */
  readonly vmpl: number
}

/**
 * The attestation report, 1184 bytes: SNP_GET_REPORT of /dev/sev-guest (linux/sev-guest.h; MSG_REPORT_REQ, AMD 56860 rev 1.58, §7.3).
 * `ENOTTY` means that the driver has given up its message key: nothing but a reboot of the guest helps.
 */
export function snpReport(request: SnpReportRequest): Promise<Uint8Array>

export interface SnpExtendedReportRequest extends SnpReportRequest {
  /**
   * First size of the buffer for certificates: a multiple of 4096, at most and by default 16384, which is all that the driver takes. 0 asks
   * for the size first. When it is too small the request is repeated once with what the host needs; each try is a message to the firmware.
   */
  readonly certificatesBytes?: number
}

export interface SnpExtendedReport {
  readonly report: Uint8Array
  /** The host's certificate table (GHCB spec, SNP Extended Guest Request) with zeros up to the end of its pages; empty when it has none. */
  readonly certificates: Uint8Array
}

/** Report and certificates: SNP_GET_EXT_REPORT of /dev/sev-guest. Rejects with `vmmError` 1 when 16384 bytes are too few. */
export function snpExtendedReport(request: SnpExtendedReportRequest): Promise<SnpExtendedReport>

/** MSG_KEY_REQ (AMD 56860 rev 1.58, §7.2). */
export interface SnpDerivedKeyRequest {
  /** 0: from the VCEK. 1: from the VMRK, which a migration agent gave. */
  readonly rootKeySelect: 0 | 1
  /** Bits: 0 policy, 1 image id, 2 family id, 3 measurement, 4 guest SVN, 5 TCB version, 6 launch mitigation vector. */
  readonly guestFieldSelect: bigint
  /** 0 to 3, not below the level that this guest runs at. */
  readonly vmpl: number
  /** At most the SVN of the launch. */
  readonly guestSvn: number
  /** At most the committed TCB. */
  readonly tcbVersion: bigint
  /** Makes it version 2 of the message, for firmware and drivers that know it. */
  readonly launchMitVector?: bigint
}

/** A key of 32 bytes: SNP_GET_DERIVED_KEY of /dev/sev-guest. Our copies are zeroed; the one returned is yours to zero. */
export function snpDerivedKey(request: SnpDerivedKeyRequest): Promise<Uint8Array>

export interface TdxReportRequest {
  /** 64 bytes that the TDREPORT will carry. */
  readonly reportData: Uint8Array
}

/** TDREPORT_STRUCT, 1024 bytes: TDX_CMD_GET_REPORT0 of /dev/tdx_guest (linux/tdx-guest.h; Intel TDX module spec, TDG.MR.REPORT). */
export function tdxReport(request: TdxReportRequest): Promise<Uint8Array>

export interface NsmRawRequest {
  /** CBOR, 1 to 4096 bytes. */
  readonly request: Uint8Array
}

/** The module's answer, CBOR of up to 12288 bytes: NSM_IOCTL_RAW of /dev/nsm (linux/nsm.h; AWS Nitro Enclaves NSM API). */
export function nsmRequest(request: NsmRawRequest): Promise<Uint8Array>

export interface VsockExchange {
  /** Unsigned 32 bits; 2 is the host. */
  readonly cid: number
  /** Unsigned 32 bits. */
  readonly port: number
  /** 1 to 1048576 bytes, sent as they are. */
  readonly request: Uint8Array
  /** 1 to 1048576. */
  readonly maxResponse: number
  /**
   * Where the response ends. True: by the 32-bit big-endian length that it begins with; one longer than `maxResponse` is `EMSGSIZE`, an early
   * end `ECONNRESET`. False: at the end of the stream or at `maxResponse`.
   */
  readonly lengthPrefixed: boolean
  /** 1 to 120000, for the whole exchange, from when its turn comes: one runs at a time. */
  readonly timeoutMs: number
}

/**
 * Connects to an AF_VSOCK address, sends, and returns what comes back, prefix and all (vsock(7)). Nobody there is `ETIMEDOUT`, `ENODEV` or
 * `ECONNRESET`, depending on the transport: take them alike.
 */
export function vsockRequest(exchange: VsockExchange): Promise<Uint8Array>

// biome-ignore lint/complexity/noUselessEmptyExport: without it every declaration of a file like this is exported
export {}

declare const handle: unique symbol

/** Stands for a piece of locked memory. Belongs to one thread; a copy of it is nothing. */
export interface MemoryHandle {
  readonly [handle]: true
}

export interface MemoryInfo {
  /** In bytes, as allocated. */
  readonly size: number
  /** `memfd_secret`: not even the kernel's own map has it. `mlock`: never swapped. `unlocked`: RLIMIT_MEMLOCK allowed neither. */
  readonly kind: 'memfd_secret' | 'mlock' | 'unlocked' | 'wiped'
  /** False: the bytes may reach swap, and whoever relies on the memory should be told. */
  readonly locked: boolean
  /** Left out of core dumps. */
  readonly dontDump: boolean
  /** Why it is not locked: `ENOMEM`, `EAGAIN` or `EPERM`; raise RLIMIT_MEMLOCK (`ulimit -l`) or wipe what is no longer needed. */
  readonly lockError?: string
}

/**
 * Memory for keys: between guard pages, out of core dumps and of forked children, zeroed when it is wiped, when its handle is collected, and
 * when its thread ends. Needs no privilege within RLIMIT_MEMLOCK, of which each piece takes its pages and two more. It does not protect from
 * code in this process, nor are the copies protected that `read` makes.
 */
export declare const memory: {
  /** 1 to 16777216 bytes, all zero. @throws NativeError ENOMEM */
  allocate(size: number): MemoryHandle
  /** Copies `bytes` in, from `offset` (default 0) on. */
  fill(handle: MemoryHandle, bytes: Uint8Array, offset?: number): void
  /** Fills all of it from the kernel's generator (getrandom(2)). @throws NativeError */
  fillRandom(handle: MemoryHandle): void
  /** A copy, yours to zero; from `offset` (default 0), `length` bytes (default all the rest). */
  read(handle: MemoryHandle, offset?: number, length?: number): Uint8Array
  /** Compares all of it, in a time that does not depend on the contents. */
  equals(handle: MemoryHandle, bytes: Uint8Array): boolean
  /** Zeroes it and gives it back. The handle is then good for `info` and `wipe` only. */
  wipe(handle: MemoryHandle): void
  info(handle: MemoryHandle): MemoryInfo
}
