// What a test says about the machine that it wants: one handler for each request, called after the driver has found it well formed.
// A device without handlers does not exist.
import { constants } from 'node:os'
import type { Duplex } from 'node:stream'

export type Awaitable<T> = T | Promise<T>

/** How a request of sev-guest ends. Structurally what `emulateSevGuest` of `@tresor/sdk/testing` gives. */
export interface SevGuestOutcome {
  /** Of the call; 0 or absent for success. */
  readonly errno?: number
  /** Halves of exitinfo2. */
  readonly fwError?: number
  readonly vmmError?: number
  /** Goes to resp_data: 4000 bytes for a report, 64 for a key. */
  readonly response?: Uint8Array
  /** Goes to certs_address, as far as it fits. */
  readonly certificates?: Uint8Array
  /** Goes to certs_len. */
  readonly certificatesLength?: number
}

export interface SevGuestHandlers {
  /** `request` is a MSG_REPORT_REQ of 96 bytes. */
  getReport?(request: Uint8Array): Awaitable<SevGuestOutcome>
  /** `certificatesLength` is what the program has room for; 0 asks for the size. */
  getExtendedReport?(request: Uint8Array, certificatesLength: number): Awaitable<SevGuestOutcome>
  /** `request` is a MSG_KEY_REQ: 32 bytes, in version 2 of the message 40. */
  getDerivedKey?(request: Uint8Array): Awaitable<SevGuestOutcome>
}

export interface TdxGuestHandlers {
  getReport(reportData: Uint8Array): Awaitable<{ readonly errno?: number; readonly report?: Uint8Array }>
}

export interface NsmHandlers {
  request(bytes: Uint8Array): Awaitable<{ readonly errno?: number; readonly response?: Uint8Array }>
}

export interface VsockAddress {
  readonly cid: number
  readonly port: number
}

export interface VsockHandlers {
  /** errno of connect(); 0 connects. */
  connect?(address: VsockAddress): Awaitable<number>
  /** The other end of a connection. */
  serve(stream: Duplex, address: VsockAddress): void
}

export interface KernelHandlers {
  readonly sevGuest?: SevGuestHandlers
  readonly tdxGuest?: TdxGuestHandlers
  readonly nsm?: NsmHandlers
  readonly vsock?: VsockHandlers
}

/** A request that fails, as in `failWith('EIO', { vmmError: 2 })`. */
export function failWith(
  name: keyof typeof constants.errno,
  exitInfo: { readonly fwError?: number; readonly vmmError?: number } = {}
): { readonly errno: number; readonly fwError?: number; readonly vmmError?: number } {
  return { errno: constants.errno[name], ...exitInfo }
}

/** MSG_REPORT_RSP: status, size, 24 reserved bytes, report; in the 4000 bytes of the driver. */
export function reportResponse(
  report: Uint8Array,
  { status = 0, size = report.length }: { readonly status?: number; readonly size?: number } = {}
): { readonly response: Uint8Array } {
  const response = Buffer.alloc(4000)
  response.writeUInt32LE(status, 0)
  response.writeUInt32LE(size, 4)
  response.set(report, 32)
  return { response }
}

/** MSG_KEY_RSP: status, 28 reserved bytes, key. */
export function keyResponse(key: Uint8Array, status = 0): { readonly response: Uint8Array } {
  const response = Buffer.alloc(64)
  response.writeUInt32LE(status, 0)
  response.set(key, 32)
  return { response }
}
