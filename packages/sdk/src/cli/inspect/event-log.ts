// The event log of a TD in words: what extended each register, and what that leads to.
import { createHash } from 'node:crypto'
import { isZero, toHex } from '../../core/index.js'
import { isExtending, type LoggedEvent, parseCcelTable, parseEventLog } from '../../evidence/event-log/index.js'
import { type Description, describe } from './description.js'
import { eventText, eventTypeName } from './event-text.js'

/** By the index in the log. */
const registers = ['MRTD', 'RTMR0', 'RTMR1', 'RTMR2', 'RTMR3'] as const

/** @throws EvidenceError */
export function describeEventLog(bytes: Uint8Array): Description {
  const events = parseEventLog(bytes)
  const ofRegister = (index: number): readonly LoggedEvent[] => events.filter(({ mrIndex }) => mrIndex === index)
  const rtmrs = registers.slice(1).map((name, i) => [name, replay(ofRegister(i + 1))] as const)
  return describe('event-log', `event log with ${events.length} events`, {
    fields: Object.fromEntries(rtmrs.map(([name, value]) => [`${name} replayed`, toHex(value)])),
    remarks: [{ tone: 'warn', text: 'only registers of a genuine quote that are equal to these values make it true' }],
    parts: registers.flatMap((name, index) => describeRegister(name, ofRegister(index)))
  })
}

const tees: Readonly<Record<number, string>> = { 1: 'SEV', 2: 'TDX' }

/** The table that says where the log is, and the log where somebody put it behind. @throws EvidenceError */
export function describeCcelTable(bytes: Uint8Array): Description {
  const { ccType, ccSubtype, areaBytes, address, rest } = parseCcelTable(bytes)
  const text = 'this table only says where the log is; Linux shows the log in /sys/firmware/acpi/tables/data/CCEL'
  return describe('ccel-table', 'ACPI table CCEL', {
    fields: {
      TEE: `${tees[ccType] ?? 'unknown'} (type ${ccType}, subtype ${ccSubtype})`,
      'log area': `${areaBytes} bytes at 0x${address.toString(16)}`
    },
    remarks: isZero(rest) ? [{ tone: 'warn', text }] : [],
    parts: isZero(rest) ? [] : [describeEventLog(rest)]
  })
}

/** SHA-384(register ‖ digest), from zero. */
function replay(events: readonly LoggedEvent[]): Uint8Array {
  const extend = (value: Uint8Array, { digest }: LoggedEvent): Uint8Array =>
    createHash('sha384').update(value).update(digest).digest()
  return events.filter(isExtending).reduce(extend, new Uint8Array(48))
}

function describeRegister(name: string, events: readonly LoggedEvent[]): readonly Description[] {
  if (events.length === 0) return []
  const fields = Object.fromEntries(events.map((event, i) => [`event ${i + 1}`, describeEvent(event)]))
  return [describe('register', `${name}, ${events.length} events`, { fields })]
}

function describeEvent(event: LoggedEvent): string {
  const text = eventText(event)
  const digest = isExtending(event) ? toHex(event.digest) : 'extends nothing'
  return [eventTypeName(event.type), digest, ...(text === '' ? [] : [`'${text}'`])].join(' ')
}
