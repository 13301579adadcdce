// Rules of drivers/virt/coco/sev-guest around the requests that it takes.
import { constants } from 'node:os'
import type { Frame, Reply, Write } from './frames.js'
import type { Awaitable, SevGuestHandlers, SevGuestOutcome } from './handlers.js'

const { EINVAL, ENOTTY } = constants.errno

const commands = { report: 0xc0205300, derivedKey: 0xc0205301, extendedReport: 0xc0205302 } as const
const pageBytes = 4096
const maxCertificateBytes = 0x4000

/** exitinfo2 as long as neither firmware nor host has been asked. */
const notSent: SevGuestOutcome = { fwError: 0xff }

export async function serveSevGuest(frame: Frame, handlers: SevGuestHandlers): Promise<Reply> {
  // The version is checked before anything is written.
  if (frame.outer.readUInt8(0) === 0) return { errno: EINVAL, writes: [] }
  const outcome = await answer(frame, handlers)
  return { errno: outcome.errno ?? 0, writes: [...writesOf(frame, outcome), ...exitInfo(frame, outcome)] }
}

function answer(frame: Frame, handlers: SevGuestHandlers): Awaitable<SevGuestOutcome> {
  if (frame.outer.readBigUInt64LE(8) === 0n || responseAddress(frame) === 0n) return { ...notSent, errno: EINVAL }
  const unknown: SevGuestOutcome = { ...notSent, errno: ENOTTY }
  if (frame.command === commands.report) return handlers.getReport?.(frame.nested) ?? unknown
  if (frame.command === commands.derivedKey) return handlers.getDerivedKey?.(frame.nested) ?? unknown
  const length = room(frame)
  if (length > maxCertificateBytes || length % pageBytes !== 0) return { ...notSent, errno: EINVAL }
  return handlers.getExtendedReport?.(frame.nested.subarray(0, 96), length) ?? unknown
}

/** No address or no length: the driver asks the host with no pages. */
function room(frame: Frame): number {
  return certificatesAddress(frame) === 0n ? 0 : frame.nested.readUInt32LE(104)
}

function writesOf(frame: Frame, outcome: SevGuestOutcome): readonly Write[] {
  const writes: Write[] = []
  if (outcome.response !== undefined && outcome.response.length > 0) {
    writes.push({ address: responseAddress(frame), bytes: outcome.response })
  }
  if (frame.command !== commands.extendedReport) return writes
  if (outcome.certificates !== undefined && room(frame) > 0) {
    writes.push({ address: certificatesAddress(frame), bytes: outcome.certificates.subarray(0, room(frame)) })
  }
  if (outcome.certificatesLength !== undefined) {
    writes.push({ address: frame.outer.readBigUInt64LE(8) + 104n, bytes: u32(outcome.certificatesLength) })
  }
  return writes
}

/** The outer structure is copied back only when exitinfo2 says something: a successful call leaves it as it was. */
function exitInfo(frame: Frame, { fwError = 0, vmmError = 0 }: SevGuestOutcome): readonly Write[] {
  if (fwError === 0 && vmmError === 0) return []
  return [{ address: frame.argument + 24n, bytes: Buffer.concat([u32(fwError), u32(vmmError)]) }]
}

function responseAddress(frame: Frame): bigint {
  return frame.outer.readBigUInt64LE(16)
}

function certificatesAddress(frame: Frame): bigint {
  return frame.nested.readBigUInt64LE(96)
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
