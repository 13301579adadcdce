import { describe, expect, test } from 'vitest'
import { readEventLog } from '../../packages/sdk/src/attest/index.js'
import { defaultEvents, encodeEventLog, replayEvents } from '../../packages/sdk/src/attest/simulator/intel/event-log.js'
import { concatBytes, utf8 } from '../../packages/sdk/src/core/index.js'
import { eventLogLength, parseEventLog } from '../../packages/sdk/src/evidence/event-log/index.js'
import { eventsOfRtmr, replayRtmr } from '../../packages/sdk/src/verify/intel/replay.js'
import { describeWithVectors, readVector } from '../support/vectors.js'
import { fakeReader, paths } from './fake-files.js'

const log = encodeEventLog(defaultEvents)
const withoutFiller = log.slice(0, -64)

function readingOf(content: Uint8Array | string): Promise<Uint8Array> {
  return readEventLog(fakeReader({ [paths.eventLog]: content }))
}

test.each<[string, Uint8Array]>([
  ['as it is', withoutFiller],
  ['filled up with ones', concatBytes(withoutFiller, new Uint8Array(65_536).fill(0xff))],
  ['filled up with zeros', concatBytes(withoutFiller, new Uint8Array(65_536))]
])('is read to its end: %s', async (_, table) => {
  expect(await readingOf(table)).toEqual(withoutFiller)
})

test('keeps an event whose data look like filler', async () => {
  const tricky = encodeEventLog([{ rtmr: 3, type: 13, data: new Uint8Array(100).fill(0xff) }])
  expect(parseEventLog(await readingOf(tricky))).toHaveLength(1)
})

test.each<[string, Uint8Array | string, string]>([
  ['is absent', 'ENOENT', 'ERR_DEVICE_MISSING'],
  ['may not be read', 'EACCES', 'ERR_DEVICE_PERMISSION'],
  ['cannot be read', 'EIO', 'ERR_DEVICE_REFUSED'],
  ['is empty', new Uint8Array(0), 'ERR_DEVICE_RESPONSE'],
  ['is no log', utf8('a log of another kind, long enough for a header'), 'ERR_DEVICE_RESPONSE'],
  ['ends within an event', withoutFiller.slice(0, -1), 'ERR_DEVICE_RESPONSE']
])('is refused where it %s', async (_, content, code) => {
  await expect(readingOf(content)).rejects.toMatchObject({ code, details: { remedy: expect.any(String) } })
})

test('of the simulator replays to the registers of its quote', async () => {
  const events = parseEventLog(log)
  const registers = replayEvents(defaultEvents)
  for (const index of [0, 1, 2, 3] as const) {
    const digests = eventsOfRtmr(events, index).map(({ digest }) => digest)
    expect(await replayRtmr(digests)).toEqual(registers[index])
  }
})

describe('the length of a log', () => {
  test('is where its last event ends, at every cut', () => {
    const starts = new Set<number>()
    for (let length = 0; length <= withoutFiller.length; length++) {
      const found = lengthOf(withoutFiller.slice(0, length))
      if (found !== undefined) starts.add(found)
    }
    expect(starts.size).toBe(1 + defaultEvents.length)
  })
})

describeWithVectors('the table of a real machine', () => {
  test('is much larger than its log, and the log is all that is kept', async () => {
    const table = readVector('tdx/ccel-gcp-cos113.bin')
    const kept = await readingOf(table)
    expect(table.length).toBe(262_144)
    expect(kept.length).toBeLessThan(65_536)
    expect(parseEventLog(kept)).toEqual(parseEventLog(table))
  })
})

function lengthOf(bytes: Uint8Array): number | undefined {
  try {
    return eventLogLength(bytes)
  } catch {
    return undefined
  }
}
