// The event log that a simulated firmware leaves behind, and what it extends. Encoder of what evidence/event-log reads:
// TCG PC Client Platform Firmware Profile 1.06, section 10; UEFI 2.10, section 38.4.
import { createHash } from 'node:crypto'
import { concatBytes, fromHex, utf8 } from '../../../core/index.js'
import { u16, u32 } from './reports.js'

export interface SimulatedEvent {
  readonly rtmr: 0 | 1 | 2 | 3
  /** TCG event type, for example 0x0d (EV_IPL). */
  readonly type: number
  /** Is measured: its SHA-384 is what the register is extended with. */
  readonly data: Uint8Array
}

export type Rtmrs = readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array]

const separator = 0x04
const ipl = 0x0d
const bootApplication = 0x8000_0003
const platformConfig = 0x0a

/** A firmware, a boot loader, a kernel and its command line. */
export const defaultEvents: readonly SimulatedEvent[] = [
  { rtmr: 0, type: platformConfig, data: utf8('simulated firmware configuration') },
  { rtmr: 0, type: separator, data: new Uint8Array(4) },
  { rtmr: 1, type: bootApplication, data: utf8('simulated kernel image') },
  { rtmr: 1, type: separator, data: new Uint8Array(4) },
  { rtmr: 2, type: ipl, data: utf8('kernel_cmdline: console=hvc0 ro') },
  { rtmr: 2, type: ipl, data: utf8('initrd: simulated') }
]

const sha384 = 0x0c
const evNoAction = 3

/** The data of the ACPI table CCEL. Register indexes are one above the number of the RTMR. */
export function encodeEventLog(events: readonly SimulatedEvent[]): Uint8Array {
  const algorithms = concatBytes(u32(1), u16(sha384), u16(48), Uint8Array.of(0))
  const specId = concatBytes(utf8('Spec ID Event03\0'), fromHex('0000000000020002'), algorithms)
  const head = concatBytes(u32(0), u32(evNoAction), new Uint8Array(20), u32(specId.length), specId)
  return concatBytes(head, ...events.map(encodeEvent), new Uint8Array(64).fill(0xff))
}

function encodeEvent({ rtmr, type, data }: SimulatedEvent): Uint8Array {
  return concatBytes(u32(rtmr + 1), u32(type), u32(1), u16(sha384), sha384Of(data), u32(data.length), data)
}

/** What the registers hold after `events`: each SHA-384(old ‖ digest), from zero. */
export function replayEvents(events: readonly SimulatedEvent[]): Rtmrs {
  const of = (rtmr: number): Uint8Array =>
    events.filter((event) => event.rtmr === rtmr).reduce(extendWith, new Uint8Array(48))
  return [of(0), of(1), of(2), of(3)]
}

function extendWith(register: Uint8Array, { data }: SimulatedEvent): Uint8Array {
  return extended(register, sha384Of(data))
}

/** A register after one more digest. */
export function extended(register: Uint8Array, digest: Uint8Array): Uint8Array {
  return sha384Of(concatBytes(register, digest))
}

function sha384Of(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha384').update(bytes).digest())
}
