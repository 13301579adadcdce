// Why a runtime register differs: the first event that is not the expected one.
import { toHex } from '../../core/index.js'
import type { LoggedEvent } from '../../evidence/event-log/index.js'
import type { ReplayedLog } from './replayed-log.js'
import type { RtmrIndex } from './rtmr.js'
import type { RtmrValue } from './rule.js'

/** A clause to append to the actual value, or nothing where there is no log or no expected list of events. */
export function explainRtmr(
  accepted: 'any' | readonly RtmrValue[],
  log: ReplayedLog | undefined,
  index: RtmrIndex
): string {
  const events = log?.[index]
  const expected = accepted === 'any' ? undefined : accepted.find((value) => value.events !== undefined)?.events
  if (events === undefined || expected === undefined) return ''
  const at = expected.findIndex((digest, i) => events[i] === undefined || toHex(events[i].digest) !== digest)
  if (at >= 0) return `; event ${at + 1} differs: expected ${expected[at]}, found ${describe(events[at])}`
  return `; event ${expected.length + 1} is not expected: ${describe(events[expected.length])}`
}

function describe(event: LoggedEvent | undefined): string {
  if (event === undefined) return 'the end of the log'
  const text = textOf(event.data)
  return `${toHex(event.digest)} of type 0x${event.type.toString(16)}${text === '' ? '' : ` '${text}'`}`
}

/** The readable part of an event's description: attester-supplied, so only what is printable. */
function textOf(data: Uint8Array): string {
  const printable = Array.from(data.subarray(0, 128), (byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ''
  )
  return printable.join('').slice(0, 64)
}
