// System calls for TEE guest devices, locked memory for keys, and bulk encryption. No parsing and no policy: bytes in, bytes out.
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

declare const chunkKey: unique symbol

/**
 * Stands for the key of one message that is sealed in chunks. The key lies in locked memory, many in one page. Belongs to one thread; it is
 * zeroed when it is wiped, when the handle is collected, and when its thread ends.
 */
export interface ChunkKey {
  readonly [chunkKey]: true
}

/**
 * Encryption in bulk with the OpenSSL that Node brings: nothing is linked, the functions are looked up in the program that loads the addon.
 *
 * Two ways to cut a message into chunks. Cobblestone-256 (c2sp.org/chunked-encryption): AES-256-GCM, 16384 bytes each, the last one always
 * shorter. STREAM as in the payload of age (c2sp.org/age): ChaCha20-Poly1305, 65536 bytes each, the last one marked in its nonce. A tag of 16
 * bytes follows every chunk. `first` is the number of the first chunk of a run, below 2^38; `isLast` says that the message ends with the run.
 * The length of the bytes must be that of a run: full chunks, and after them the last one exactly when `isLast` is true.
 *
 * What is not what was sealed gives `undefined`, `false` or `'changed'`, never plaintext, and leaves nothing in OpenSSL's queue of errors.
 *
 * Promises: several threads of libuv's pool work on one call where there are several processors and much to do. They work on copies of what
 * they are given and of the target, unless these are parts of arrays from `allocate`: those are used as they are, stay alive until the promise
 * is settled whatever happens to their ArrayBuffer, and are to be left alone until then. A `target` that has been detached or has changed its
 * length meanwhile is a TypeError with code `ERR_INVALID_ARG_VALUE`.
 */
export interface BulkAead {
  readonly obstacle?: undefined
  /** Salt (the given 24 bytes), commitment (32) and all chunks of a Cobblestone-256 message of at most 1 GiB. `key`: 32 bytes. */
  sealMessage(key: MemoryHandle | Uint8Array, context: Uint8Array, salt: Uint8Array, plaintext: Uint8Array): Uint8Array
  /** `sealed` must have the length of a message, which the caller has checked. */
  openMessage(key: MemoryHandle | Uint8Array, context: Uint8Array, sealed: Uint8Array): Uint8Array | undefined
  /** The key of one Cobblestone-256 message, and its commitment of 32 bytes: compare it, in constant time, before anything is opened. */
  deriveChunkKey(
    key: MemoryHandle | Uint8Array,
    context: Uint8Array,
    salt: Uint8Array
  ): { readonly chunkKey: ChunkKey; readonly commitment: Uint8Array }
  /** A copy of the payload key of an age file, 32 bytes. */
  importStreamKey(key: MemoryHandle | Uint8Array): ChunkKey
  /** Nothing else works with it afterwards; what is under way ends. May be repeated. */
  wipeChunkKey(key: ChunkKey): void
  /** HKDF-Expand with SHA-512 (RFC 5869 §2.3), into all of `target`, at most 128 bytes. */
  expandKey(key: MemoryHandle | Uint8Array, info: Uint8Array, target: MemoryHandle): void
  seal(key: ChunkKey, first: number, isLast: boolean, plaintext: Uint8Array): Uint8Array
  open(key: ChunkKey, first: number, isLast: boolean, sealed: Uint8Array): Uint8Array | undefined
  /** As `seal`, into a `target` of exactly the length: memory that is used again costs much less than new one. They may overlap. */
  sealInto(key: ChunkKey, first: number, isLast: boolean, plaintext: Uint8Array, target: Uint8Array): void
  /** As `openAsync`, at once. */
  openInto(key: ChunkKey, first: number, isLast: boolean, sealed: Uint8Array, target: Uint8Array, skip: number): boolean
  sealAsync(key: ChunkKey, first: number, isLast: boolean, plaintext: Uint8Array): Promise<Uint8Array>
  /** Into a `target` of exactly the length. */
  sealAsync(
    key: ChunkKey,
    first: number,
    isLast: boolean,
    plaintext: Uint8Array,
    target: Uint8Array
  ): Promise<undefined>
  /**
   * Opens all of `sealed`, and fills `target` with its plaintext from byte `skip` on. False: `target` is all zero. `sealed` and `target` may
   * overlap.
   */
  openAsync(
    key: ChunkKey,
    first: number,
    isLast: boolean,
    sealed: Uint8Array,
    target: Uint8Array,
    skip: number
  ): Promise<boolean>
  /**
   * The same with `sealedBytes` that begin at `position` of a file: pread(2) and opening in one job. The file descriptor may be closed as soon
   * as the call has returned. `'short'`: the file ends too early. Rejects with the NativeError of a failed `pread`.
   */
  readAsync(
    key: ChunkKey,
    first: number,
    isLast: boolean,
    fd: number,
    position: number,
    sealedBytes: number,
    target: Uint8Array,
    skip: number
  ): Promise<'opened' | 'changed' | 'short'>
  /** At most 1 GiB, all zero. What is smaller than 64 KiB is an ordinary array, of which copies are made as of others. */
  allocate(size: number): Uint8Array
}

/** Where the program that loads the addon does not export OpenSSL 3 with these ciphers: Electron, for example. */
export interface NoBulkAead {
  readonly obstacle: string
}

export declare const aead: BulkAead | NoBulkAead
