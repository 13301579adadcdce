// Replays an event log into runtime measurement registers: RTMR = SHA-384(RTMR ‖ digest), from zero.
// Intel TDX Module Base Architecture, "TDG.MR.RTMR.EXTEND".
import { crypto } from '#crypto'
import { concatBytes } from '../../core/index.js'
import { isExtending, type LoggedEvent } from '../../evidence/event-log/index.js'

/** Events of the log that extend RTMR `index` (0 to 3), in order. */
export function eventsOfRtmr(events: readonly LoggedEvent[], index: number): readonly LoggedEvent[] {
  return events.filter((event) => event.mrIndex === index + 1 && isExtending(event))
}

/** The value of a register after `digests` of 48 bytes each. */
export async function replayRtmr(digests: readonly Uint8Array[]): Promise<Uint8Array> {
  let value = new Uint8Array(48)
  for (const digest of digests) value = new Uint8Array(await crypto.hash('sha384', concatBytes(value, digest)))
  return value
}
