// Which driver answers a request, and the rules of drivers/virt/coco/tdx-guest and drivers/misc/nsm.c.
import { constants } from 'node:os'
import type { Frame, Reply } from './frames.js'
import type { KernelHandlers, NsmHandlers, TdxGuestHandlers, VsockAddress, VsockHandlers } from './handlers.js'
import { serveSevGuest } from './sev-guest-driver.js'

const { EMSGSIZE, ENODEV, ENOTTY } = constants.errno

const maxNsmRequest = 0x1000n

export async function serveFrame(frame: Frame, handlers: KernelHandlers): Promise<Reply> {
  switch (frame.subject) {
    case 'sev-guest':
      return handlers.sevGuest === undefined ? failed(ENOTTY) : serveSevGuest(frame, handlers.sevGuest)
    case 'tdx_guest':
      return handlers.tdxGuest === undefined ? failed(ENOTTY) : serveTdxGuest(frame, handlers.tdxGuest)
    case 'nsm':
      return handlers.nsm === undefined ? failed(ENOTTY) : serveNsm(frame, handlers.nsm)
    case 'vsock':
      return handlers.vsock === undefined ? failed(ENODEV) : serveConnect(frame, handlers.vsock)
  }
}

/** Names of the devices for which there are handlers. */
export function devicesOf(handlers: KernelHandlers): readonly string[] {
  const names = { 'sev-guest': handlers.sevGuest, tdx_guest: handlers.tdxGuest, nsm: handlers.nsm }
  return Object.entries(names).flatMap(([name, present]) => (present === undefined ? [] : [name]))
}

/** 64 bytes in, 1024 out, in one structure. */
async function serveTdxGuest(frame: Frame, handlers: TdxGuestHandlers): Promise<Reply> {
  const { errno = 0, report } = await handlers.getReport(frame.outer.subarray(0, 64))
  return { errno, writes: report === undefined ? [] : [{ address: frame.argument + 64n, bytes: report }] }
}

/** A response that is too long is cut off without a word; its length is written back. */
async function serveNsm(frame: Frame, handlers: NsmHandlers): Promise<Reply> {
  if (frame.outer.readBigUInt64LE(8) > maxNsmRequest) return failed(EMSGSIZE)
  const { errno = 0, response } = await handlers.request(frame.nested)
  if (response === undefined) return failed(errno)
  const bytes = response.subarray(0, Number(frame.outer.readBigUInt64LE(24)))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(bytes.length))
  const writes = [
    { address: frame.outer.readBigUInt64LE(16), bytes },
    { address: frame.argument + 24n, bytes: length }
  ]
  return { errno, writes }
}

/** struct sockaddr_vm: family u16, reserved u16, port u32, cid u32. */
async function serveConnect(frame: Frame, handlers: VsockHandlers): Promise<Reply> {
  const address: VsockAddress = { port: frame.outer.readUInt32LE(4), cid: frame.outer.readUInt32LE(8) }
  return failed((await handlers.connect?.(address)) ?? 0)
}

function failed(errno: number): Reply {
  return { errno, writes: [] }
}
