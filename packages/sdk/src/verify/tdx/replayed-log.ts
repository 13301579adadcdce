// The event log that came with a quote, replayed. A log that does not lead to the registers explains nothing, and is left out.
import { equalBytes, TresorError } from '../../core/index.js'
import { type LoggedEvent, parseEventLog } from '../../evidence/event-log/index.js'
import { type Evidence, mediaTypes } from '../../evidence/index.js'
import type { TdReport } from '../../evidence/quote/index.js'
import { eventsOfRtmr, replayRtmr } from '../intel/replay.js'
import { type RtmrIndex, rtmrIndexes } from './rtmr.js'

/** Events by register. A register that the log does not lead to is undefined: RTMR3 is extended past the firmware's log. */
export type ReplayedLog = { readonly [index in RtmrIndex]: readonly LoggedEvent[] | undefined }

/** Undefined without a log, or with one that cannot be read. */
export async function replayLog(evidence: Evidence, report: TdReport): Promise<ReplayedLog | undefined> {
  const log = evidence.endorsements.find(({ mediaType }) => mediaType === mediaTypes.eventLog)
  const events = log === undefined ? undefined : readLog(log.bytes)
  if (events === undefined) return undefined
  const [rtmr0, rtmr1, rtmr2, rtmr3] = await Promise.all(
    rtmrIndexes.map((index) => replayRegister(events, report, index))
  )
  return { 0: rtmr0, 1: rtmr1, 2: rtmr2, 3: rtmr3 }
}

function readLog(bytes: Uint8Array): readonly LoggedEvent[] | undefined {
  try {
    return parseEventLog(bytes)
  } catch (error) {
    if (TresorError.is(error)) return undefined
    throw error
  }
}

async function replayRegister(
  events: readonly LoggedEvent[],
  report: TdReport,
  index: RtmrIndex
): Promise<readonly LoggedEvent[] | undefined> {
  const own = eventsOfRtmr(events, index)
  const value = await replayRtmr(own.map(({ digest }) => digest))
  return equalBytes(value, report.rtmr[index]) ? own : undefined
}
