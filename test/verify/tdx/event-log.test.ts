// Why a runtime register differs: with an event log at hand, the first event that is not the expected one.
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  encodeEventLog,
  replayEvents,
  type SimulatedEvent
} from '../../../packages/sdk/src/attest/simulator/intel/event-log.js'
import { toHex, utf8 } from '../../../packages/sdk/src/core/index.js'
import { parseEventLog } from '../../../packages/sdk/src/evidence/event-log/index.js'
import { type Evidence, mediaTypes } from '../../../packages/sdk/src/evidence/index.js'
import { parseQuote } from '../../../packages/sdk/src/evidence/quote/index.js'
import { fakeIntel } from '../../../packages/sdk/src/testing/index.js'
import { appraisalOf, createCollateral, parsePolicy, verify } from '../../../packages/sdk/src/verify/index.js'
import { eventsOfRtmr, replayRtmr } from '../../../packages/sdk/src/verify/intel/replay.js'
import { describeWithVectors, readVector } from '../../support/vectors.js'

const now = new Date('2026-01-01T00:00:00Z')
const reportData = new Uint8Array(64)

const event = (text: string, rtmr: SimulatedEvent['rtmr'] = 2): SimulatedEvent => ({
  rtmr,
  type: 0x0d,
  data: utf8(text)
})
const digestOf = (text: string): string => createHash('sha384').update(text).digest('hex')
const rtmrRule = (index: 0 | 1 | 2 | 3, accepted: readonly unknown[]) => ({
  ...{ 0: 'any', 1: 'any', 2: 'any', 3: 'any' },
  [index]: accepted
})

/** The check of RTMR 2 of a TD that booted with `events`, where the policy expects `expected`. */
async function explain(events: readonly SimulatedEvent[], expected: readonly string[], log = encodeEventLog(events)) {
  const intel = await fakeIntel({ now, td: { events } })
  const digest = toHex(replayEvents(expected.map((text) => event(text)))[2])
  const rtmr = rtmrRule(2, [{ digest, name: 'shop 1.0', events: expected.map(digestOf) }])
  const policy = parsePolicy({ anyOf: [{ kind: 'tdx', mrTd: 'any', rtmr }] })
  const endorsements = [
    ...intel.endorsements('tdx').filter(({ mediaType }) => mediaType !== mediaTypes.eventLog),
    { mediaType: mediaTypes.eventLog, bytes: log }
  ]
  const evidence = intel.tdxEvidence(reportData, { endorsements })
  const options = { policy, reportData, now, unsafeExtraRoots: [intel.root] }
  const outcome: unknown = await verify(evidence, options).catch((error: unknown) => error)
  const appraisal = appraisalOf(outcome)
  return appraisal?.checks.find(({ id }) => id === 'policy.rtmr2')?.actual ?? 'accepted'
}

describe('a register that differs', () => {
  it('is explained by the event that is another one', async () => {
    const actual = await explain(
      [event('kernel'), event('cmdline: evil'), event('initrd')],
      ['kernel', 'cmdline', 'initrd']
    )
    expect(actual).toMatch(
      new RegExp(
        `; event 2 differs: expected ${digestOf('cmdline')}, found ${digestOf('cmdline: evil')} of type 0xd 'cmdline: evil'$`
      )
    )
  })

  it('is explained by an event too many', async () => {
    const actual = await explain([event('kernel'), event('module')], ['kernel'])
    expect(actual).toContain(`; event 2 is not expected: ${digestOf('module')} of type 0xd 'module'`)
  })

  it('is explained by a log that ends early', async () => {
    const actual = await explain([event('kernel')], ['kernel', 'initrd'])
    expect(actual).toContain(`; event 2 differs: expected ${digestOf('initrd')}, found the end of the log`)
  })

  it('is explained by nothing where the log does not lead to it: a log proves nothing by itself', async () => {
    const log = encodeEventLog([event('kernel'), event('initrd')])
    expect(await explain([event('kernel'), event('evil')], ['kernel', 'initrd'], log)).toMatch(/^[0-9a-f]{96}$/)
  })

  it('is explained by nothing where the log cannot be read', async () => {
    expect(await explain([event('evil')], ['kernel'], new Uint8Array(100))).toMatch(/^[0-9a-f]{96}$/)
  })

  it('shows of an event only what can be printed', async () => {
    const actual = await explain([event('a\u001b[31mred\u0000')], ['kernel'])
    expect(actual).toMatch(/'a\[31mred'$/)
  })
})

it('a register that is the expected one is accepted', async () => {
  expect(await explain([event('kernel'), event('initrd')], ['kernel', 'initrd'])).toBe('accepted')
})

describeWithVectors('the event log of a real TD', () => {
  const quote = (): Uint8Array => readVector('tdx/gcp-cos113-v4.bin')
  const log = (): Uint8Array => readVector('tdx/ccel-gcp-cos113.bin')
  const registers = (): readonly Uint8Array[] => {
    const { body } = parseQuote(quote())
    return body.tee === 'tdx' ? body.report.rtmr : []
  }

  it('leads to all of its registers', async () => {
    const events = parseEventLog(log())
    const replayed = await Promise.all(
      [0, 1, 2, 3].map((i) => replayRtmr(eventsOfRtmr(events, i).map(({ digest }) => digest)))
    )
    expect(replayed.map(toHex)).toEqual(registers().map(toHex))
  })

  it('names the first event that differs from an image of our own', async () => {
    const given = [
      'tcbinfo-tdx-00806f050000-2024-12-05-e17-e9ea.json',
      'qeidentity-td_qe-2024-12-05-e17-59fa.json',
      'crl-pck-platform-2024-11-28.der',
      'crl-root-ca-2024-03-20.der'
    ].map((file) => readVector(`collateral/${file}`))
    const digests = eventsOfRtmr(parseEventLog(log()), 2).map(({ digest }) => toHex(digest))
    const expected = digests.with(3, digestOf('our own kernel'))
    const rtmr = rtmrRule(2, [{ digest: digestOf('what that leads to'), events: expected }])
    const policy = parsePolicy({ anyOf: [{ kind: 'tdx', mrTd: 'any', rtmr }] })
    const evidence: Evidence = {
      kind: 'tdx',
      bytes: quote(),
      endorsements: [{ mediaType: mediaTypes.eventLog, bytes: log() }]
    }
    const at = new Date('2024-12-17T00:50:00Z')
    const options = { policy, reportData, now: at, collateral: createCollateral({ given, offline: true }) }
    const error: unknown = await verify(evidence, options).catch((reason: unknown) => reason)
    const check = appraisalOf(error)?.checks.find(({ id }) => id === 'policy.rtmr2')
    expect(check?.actual).toContain(
      `; event 4 differs: expected ${digestOf('our own kernel')}, found ${digests[3]} of type 0x`
    )
  })
})
