// The TD that the simulated platform runs: what the caller chose, completed and checked once, and its report.
import { createHash } from 'node:crypto'
import { expectBytes, expectInteger, expectOneOf, expectOptions, UsageError } from '../../../core/index.js'
import type { TdReport } from '../../../evidence/quote/index.js'
import { defaultEvents, type Rtmrs, replayEvents, type SimulatedEvent } from './event-log.js'
import { isRelaunch, type SimulatedStatus, simulatedStatuses, teeTcbSvnsFor } from './levels.js'

export interface TdxSimulatorOptions {
  /** Tells these options from those for SNP where both may stand. */
  readonly tee?: 'tdx'
  /** Keeps the keys of vendor and platform here, so that they survive a restart. Without it every simulator is a new platform. */
  readonly directory?: string
  /** Of the quote: 4 with a TD report 1.0, or 5 with a TD report 1.5. Default 4. */
  readonly version?: 4 | 5
  /** How the simulated vendor rates the platform. Default `UpToDate`. The two about relaunching need version 5. */
  readonly tcbStatus?: SimulatedStatus
  /** 48 bytes each. Default: MRTD and MRSEAM fixed values, the others zeros. MRSERVICETD is part of version 5. */
  readonly mrTd?: Uint8Array
  readonly mrSeam?: Uint8Array
  readonly mrConfigId?: Uint8Array
  readonly mrOwner?: Uint8Array
  readonly mrOwnerConfig?: Uint8Array
  readonly mrServiceTd?: Uint8Array
  /** 8 bytes each, as in a report. Default: SEPT_VE_DISABLE and nothing else; the features of a current kernel. */
  readonly tdAttributes?: Uint8Array
  readonly xfam?: Uint8Array
  /** What firmware and boot loader measured into the RTMRs; becomes the event log. Default: a plausible boot. */
  readonly events?: readonly SimulatedEvent[]
  /** How long each request takes. Default 0. */
  readonly latencyMs?: number
}

/** Options with nothing left to choose. */
export interface SimulatedTd extends Required<Omit<TdxSimulatorOptions, 'tee' | 'directory' | 'latencyMs'>> {
  /** What the registers hold when the guest starts. */
  readonly bootRtmrs: Rtmrs
}

const optionNames = [
  'tee',
  'directory',
  'version',
  'tcbStatus',
  'mrTd',
  'mrSeam',
  'mrConfigId',
  'mrOwner',
  'mrOwnerConfig',
  'mrServiceTd',
  'tdAttributes',
  'xfam',
  'events',
  'latencyMs'
] as const

/** @throws UsageError ERR_USAGE_OPTION */
export function expectTd(options: TdxSimulatorOptions): SimulatedTd {
  expectOptions(options, optionNames, 'tdxSimulator')
  const version = expectVersion(options.version ?? 4)
  const events = expectEvents(options.events ?? defaultEvents)
  return {
    version,
    tcbStatus: expectStatus(options.tcbStatus ?? 'UpToDate', version),
    mrTd: expectField(options.mrTd, 48, 'mrTd', sha384('tresor simulator MRTD')),
    mrSeam: expectField(options.mrSeam, 48, 'mrSeam', sha384('tresor simulator MRSEAM')),
    mrConfigId: expectField(options.mrConfigId, 48, 'mrConfigId'),
    mrOwner: expectField(options.mrOwner, 48, 'mrOwner'),
    mrOwnerConfig: expectField(options.mrOwnerConfig, 48, 'mrOwnerConfig'),
    mrServiceTd: expectField(options.mrServiceTd, 48, 'mrServiceTd'),
    tdAttributes: expectField(options.tdAttributes, 8, 'tdAttributes', Uint8Array.of(0, 0, 0, 0x10, 0, 0, 0, 0)),
    xfam: expectField(options.xfam, 8, 'xfam', Uint8Array.of(0xe7, 0, 6, 0, 0, 0, 0, 0)),
    events,
    bootRtmrs: replayEvents(events)
  }
}

/** What the TDX module reports about the TD. Version 5 has the SVNs of now beside those of the launch. */
export function describeTd(td: SimulatedTd, rtmr: Rtmrs, reportData: Uint8Array): TdReport {
  const { launch, current } = teeTcbSvnsFor(td.tcbStatus)
  return {
    teeTcbSvn: launch,
    mrSeam: td.mrSeam,
    mrSignerSeam: new Uint8Array(48),
    seamAttributes: new Uint8Array(8),
    tdAttributes: td.tdAttributes,
    xfam: td.xfam,
    mrTd: td.mrTd,
    mrConfigId: td.mrConfigId,
    mrOwner: td.mrOwner,
    mrOwnerConfig: td.mrOwnerConfig,
    rtmr,
    reportData,
    ...(td.version === 5 ? { teeTcbSvn2: current, mrServiceTd: td.mrServiceTd } : {})
  }
}

function expectVersion(value: unknown): 4 | 5 {
  if (value === 4 || value === 5) return value
  throw new UsageError('ERR_USAGE_OPTION', 'version: expected 4 or 5', { details: { field: 'version' } })
}

function expectStatus(value: SimulatedStatus, version: 4 | 5): SimulatedStatus {
  const status = expectOneOf(value, simulatedStatuses, 'tcbStatus')
  if (version === 5 || !isRelaunch(status)) return status
  throw new UsageError('ERR_USAGE_OPTION', `tcbStatus: ${status} needs version 5`, { details: { field: 'tcbStatus' } })
}

function expectEvents(events: readonly SimulatedEvent[]): readonly SimulatedEvent[] {
  if (!Array.isArray(events)) throw new UsageError('ERR_USAGE_OPTION', 'events: expected an array of events')
  return events.map((event, i) => expectEvent(event, `events[${i}]`))
}

function expectEvent(event: SimulatedEvent, name: string): SimulatedEvent {
  const { rtmr, type, data } = expectOptions(event, ['rtmr', 'type', 'data'], name)
  expectInteger(rtmr, [0, 3], `${name}.rtmr`)
  expectInteger(type, [0, 0xffff_ffff], `${name}.type`)
  return { rtmr, type, data: expectBytes(data, [0, 65_536], `${name}.data`).slice() }
}

function expectField(value: Uint8Array | undefined, length: number, name: string, otherwise?: Uint8Array): Uint8Array {
  if (value === undefined) return otherwise ?? new Uint8Array(length)
  return expectBytes(value, length, name).slice()
}

function sha384(text: string): Uint8Array {
  return new Uint8Array(createHash('sha384').update(text).digest())
}
