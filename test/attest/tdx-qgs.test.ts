import { describe, expect, test } from 'vitest'
import { encodeQuoteRequest, parseQuoteResponse } from '../../packages/sdk/src/attest/tdx/qgs-message.js'
import { TresorError } from '../../packages/sdk/src/core/index.js'
import { parseQuote } from '../../packages/sdk/src/evidence/quote/index.js'
import { emulateTdxGuest, fakeIntel } from '../../packages/sdk/src/testing/index.js'

const reportData = new Uint8Array(64).fill(9)
const intel = await fakeIntel()
const service = emulateTdxGuest(intel)
const answer = service.answerQuoteRequest(encodeQuoteRequest(service.getReport(reportData)))

function codeOf(bytes: Uint8Array): string {
  try {
    parseQuoteResponse(bytes)
    return 'accepted'
  } catch (error) {
    if (TresorError.is(error)) return error.code
    throw error
  }
}

test('the service answers with the quote', () => {
  expect(parseQuote(parseQuoteResponse(answer)).body).toMatchObject({ tee: 'tdx', report: { reportData } })
})

describe('an answer that contradicts itself is refused', () => {
  test.each<[string, (answer: Uint8Array) => Uint8Array]>([
    ['empty', () => new Uint8Array(0)],
    ['the length says more', (bytes) => bytes.with(1, 1)],
    ['the length says less', (bytes) => bytes.with(3, (bytes[3] ?? 0) ^ 1)],
    ['a length of 4 GiB', (bytes) => fill(bytes, 0, 4)],
    ['version 0', (bytes) => bytes.with(4, 0)],
    ['version 2', (bytes) => bytes.with(4, 2)],
    ['a request', (bytes) => bytes.with(8, 0)],
    ['collateral', (bytes) => bytes.with(8, 3)],
    ['a type of 32 bits', (bytes) => bytes.with(11, 1)],
    ['the header says more', (bytes) => bytes.with(15, 1)],
    ['the header says less', (bytes) => bytes.with(12, (bytes[12] ?? 0) ^ 1)],
    ['an id that takes everything', (bytes) => fill(bytes, 20, 4)],
    ['a quote of 4 GiB', (bytes) => fill(bytes, 24, 4)],
    ['sizes whose sum wraps', (bytes) => wrapped(bytes)],
    ['no sizes', () => Uint8Array.of(0, 0, 0, 16, 1, 0, 0, 0, 1, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0)],
    [
      'no quote',
      () => Uint8Array.of(0, 0, 0, 24, 1, 0, 0, 0, 1, 0, 0, 0, 24, 0, 0, 0, 0, 0, 0, 0, ...new Uint8Array(8))
    ],
    ['too long', () => new Uint8Array(65_537)]
  ])('%s', (_, change) => {
    expect(codeOf(change(answer.slice()))).toBe('ERR_DEVICE_RESPONSE')
  })

  test('truncated anywhere', () => {
    for (let length = 0; length < answer.length; length += length < 40 ? 1 : 97) {
      expect(codeOf(answer.slice(0, length))).toBe('ERR_DEVICE_RESPONSE')
    }
  })

  test('with a byte behind it', () => {
    expect(codeOf(new Uint8Array([...answer, 0]))).toBe('ERR_DEVICE_RESPONSE')
  })
})

test('skips the id of the key that the service chose', () => {
  const id = [7, 7, 7]
  const quote = [1, 2]
  const message = [1, 0, 0, 0, 1, 0, 0, 0, 29, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, ...id, ...quote]
  expect(parseQuoteResponse(Uint8Array.of(0, 0, 0, 29, ...message))).toEqual(Uint8Array.from(quote))
})

test.each([
  [0x1_2001, 'unexpected'],
  [0x1_2002, 'memory'],
  [0x1_2003, 'parameter'],
  [0x1_2004, 'version'],
  [0x1_2005, 'type'],
  [0x1_2006, 'size'],
  [0x1_2007, 'error code'],
  [0xe01c, 'quoting enclave']
])('puts error 0x%i into words', (errorCode, word) => {
  const bytes = new Uint8Array(20)
  bytes.set([0, 0, 0, 16, 1, 0, 0, 0, 1, 0, 0, 0, 16])
  new DataView(bytes.buffer).setUint32(16, errorCode, true)
  expect(() => parseQuoteResponse(bytes)).toThrow(
    expect.objectContaining({
      code: 'ERR_DEVICE_REFUSED',
      message: expect.stringContaining(word),
      details: expect.objectContaining({ actual: `0x${errorCode.toString(16)}` })
    })
  )
})

describe('the emulated service', () => {
  const request = encodeQuoteRequest(service.getReport(reportData))
  test.each<[string, Uint8Array]>([
    ['a report of another machine', request.with(28 + 230, (request[28 + 230] ?? 0) ^ 1)],
    ['another version', request.with(4, 2)],
    ['another type', request.with(8, 9)],
    ['a wrong size', request.with(12, 0)],
    ['a wrong length', request.slice(0, -1)]
  ])('refuses %s', (_, bytes) => {
    expect(codeOf(service.answerQuoteRequest(bytes))).toBe('ERR_DEVICE_REFUSED')
  })
})

function fill(bytes: Uint8Array, start: number, length: number): Uint8Array {
  bytes.fill(0xff, start, start + length)
  return bytes
}

/** id + quote = length of both + 2^32. */
function wrapped(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer)
  const both = bytes.length - 28
  view.setUint32(20, 0xffff_ffff, true)
  view.setUint32(24, both + 1, true)
  return bytes
}
