// What a key distribution service, or whoever stands between, can do to us: on real sockets, each with its code and sentence.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { UnavailableError } from '../../../packages/sdk/src/core/index.js'
import { parseSnpReport, parseTcb, type SnpTcb } from '../../../packages/sdk/src/evidence/index.js'
import { type FakeAmd, fakeAmd } from '../../../packages/sdk/src/testing/index.js'
import {
  type Collateral,
  type CollateralItem,
  type CollateralOptions,
  createCollateral,
  memoryStore
} from '../../../packages/sdk/src/verify/collateral/index.js'
import { chainItem, crlItem, vcekItem } from '../../../packages/sdk/src/verify/snp/kds.js'
import type { Certificate } from '../../../packages/sdk/src/x509/index.js'
import { fakeTime } from './fake-time.js'
import { type Behaviour, type KdsServer, send, startKds } from './kds-server.js'

const now = new Date('2026-01-02T00:00:00Z')
const tcb: SnpTcb = { bootLoader: 4, tee: 0, snp: 24, microcode: 219 }

let amd: FakeAmd
let kds: KdsServer
let chipId: Uint8Array

beforeAll(async () => {
  amd = await fakeAmd({ guest: { tcb } })
  chipId = parseSnpReport(amd.report(new Uint8Array(64))).chipId
  kds = await startKds(amd)
})
afterAll(() => kds.stop())
afterEach(() => {
  kds.behaviour = undefined
  kds.requests.length = 0
  kds.closed.length = 0
})

function engine(options: CollateralOptions = {}): Collateral {
  const { clock, wait } = fakeTime()
  return createCollateral({ services: { 'amd-kds': kds.url }, clock, wait, retries: 0, ...options })
}

const vcek = (): CollateralItem<Certificate> => vcekItem('Milan', chipId, tcb)

async function failureOf(behaviour: Behaviour, options: CollateralOptions = {}): Promise<UnavailableError> {
  kds.behaviour = behaviour
  const store = memoryStore()
  const failure: unknown = await engine({ store, ...options })
    .get(vcek(), { now })
    .catch((error: unknown) => error)
  expect(await store.list?.()).toEqual([])
  if (failure instanceof UnavailableError) return failure
  throw new Error(`expected an UnavailableError, found ${String(failure)}`)
}

describe('a service that behaves', () => {
  it('serves VCEK, chain and list', async () => {
    const collateral = engine()
    const leaf = await collateral.get(vcek(), { now })
    const chain = await collateral.get(chainItem('Milan', 'VCEK'), { now })
    const list = await collateral.get(crlItem('Milan', 'VCEK'), { now })
    expect(leaf.bytes).toEqual(amd.certificates.leaf)
    expect([chain.value.ask.der, chain.value.ark.der]).toEqual([amd.certificates.ask, amd.certificates.ark])
    expect(list.value.der).toEqual(amd.certificates.crl)
    expect(kds.requests.map((url) => url.replace(/[0-9a-f]{128}/, 'CHIP'))).toEqual([
      '/vcek/v1/Milan/CHIP?blSPL=4&teeSPL=0&snpSPL=24&ucodeSPL=219',
      '/vcek/v1/Milan/cert_chain',
      '/vcek/v1/Milan/crl'
    ])
  })

  it('serves the chain of VLEKs', async () => {
    const { value } = await engine().get(chainItem('Milan', 'VLEK'), { now })
    expect(value.ask.der).toEqual(amd.certificates.asvk)
  })

  it('may name any media type, and compress', async () => {
    kds.behaviour = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' })
      response.end(gzipSync(amd.certificates.leaf))
    }
    expect((await engine().get(vcek(), { now })).bytes).toEqual(amd.certificates.leaf)
  })

  it('is asked by eight digits of the chip and with the FMC for Turin', async () => {
    const turin = await fakeAmd({ guest: { product: 'Turin' } })
    const report = parseSnpReport(turin.report(new Uint8Array(64)))
    const item = vcekItem('Turin', report.chipId.slice(0, 8), parseTcb(report.reportedTcb, 'turin'))
    kds.behaviour = (_, response) => send(response, 'application/pkix-cert', turin.certificates.leaf)
    expect((await engine().get(item, { now })).bytes).toEqual(turin.certificates.leaf)
    expect(kds.requests[0]).toMatch(
      /^\/vcek\/v1\/Turin\/[0-9a-f]{16}\?fmcSPL=\d+&blSPL=\d+&teeSPL=\d+&snpSPL=\d+&ucodeSPL=\d+$/
    )
  })
})

describe('a service that refuses', () => {
  const status =
    (code: number, headers: Record<string, string> = {}): Behaviour =>
    (_, response) =>
      void response.writeHead(code, headers).end('no')

  it.each<[string, Behaviour, string, string]>([
    ['429', status(429), 'ERR_COLLATERAL_RATE_LIMIT', 'the service asks to wait (HTTP 429)'],
    [
      '429 with Retry-After',
      status(429, { 'retry-after': '9' }),
      'ERR_COLLATERAL_RATE_LIMIT',
      'the service asks to wait (HTTP 429)'
    ],
    [
      '503 with Retry-After',
      status(503, { 'retry-after': '9' }),
      'ERR_COLLATERAL_RATE_LIMIT',
      'the service asks to wait (HTTP 503)'
    ],
    ['503', status(503), 'ERR_COLLATERAL_NETWORK', 'the service answers HTTP 503'],
    ['500', status(500), 'ERR_COLLATERAL_NETWORK', 'the service answers HTTP 500'],
    ['404', status(404), 'ERR_COLLATERAL_RESPONSE', 'the service does not have it (HTTP 404)'],
    ['401', status(401), 'ERR_COLLATERAL_RESPONSE', 'expected HTTP 200, found 401'],
    ['204', status(204), 'ERR_COLLATERAL_RESPONSE', 'expected HTTP 200, found 204'],
    ['206', status(206), 'ERR_COLLATERAL_RESPONSE', 'expected HTTP 200, found 206']
  ])('with %s', async (_, behaviour, code, message) => {
    const failure = await failureOf(behaviour)
    expect([failure.code, failure.message]).toEqual([code, `amd-vcek from amd-kds: ${message}`])
  })

  it('says how long to wait', async () => {
    expect((await failureOf(status(429, { 'retry-after': '9' }))).details.retryAfterMs).toBe(9_000)
    expect((await failureOf(status(429))).details.retryAfterMs).toBe(10_000)
  })

  it('by not being there', async () => {
    const failure = await failureOf(status(200), { services: { 'amd-kds': 'http://127.0.0.1:1' } })
    expect(failure.code).toBe('ERR_COLLATERAL_NETWORK')
    expect(failure.message).toMatch(/^amd-vcek from amd-kds: the service cannot be reached/)
  })

  it('by closing the connection', async () => {
    const failure = await failureOf((request) => request.socket.destroy())
    expect(failure.code).toBe('ERR_COLLATERAL_NETWORK')
  })

  it('by not speaking HTTP', async () => {
    const failure = await failureOf((request) => request.socket.end('SSH-2.0-OpenSSH_9.2\r\n'))
    expect(failure.code).toBe('ERR_COLLATERAL_NETWORK')
  })
})

describe('a service that redirects', () => {
  it('elsewhere is not followed, and the other place hears nothing', async () => {
    let visits = 0
    const other = createServer((_, response) => {
      visits++
      send(response, 'application/pkix-cert', amd.certificates.leaf)
    })
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const origin = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
    const failure = await failureOf((_, response) => void response.writeHead(302, { location: `${origin}/vcek` }).end())
    other.close()
    expect(failure.code).toBe('ERR_COLLATERAL_RESPONSE')
    expect(failure.message).toBe(`amd-vcek from amd-kds: the answer is a redirect to ${origin}, which is not followed`)
    expect(visits).toBe(0)
  })

  it.each([301, 302, 303, 307, 308])('in a loop with %i is asked once', async (code) => {
    const failure = await failureOf(
      (request, response) => void response.writeHead(code, { location: request.url }).end()
    )
    expect(failure.code).toBe('ERR_COLLATERAL_RESPONSE')
    expect(kds.requests).toHaveLength(1)
  })

  it('to nowhere', async () => {
    const failure = await failureOf((_, response) => void response.writeHead(302).end())
    expect(failure.message).toBe('amd-vcek from amd-kds: the answer is a redirect, which is not followed')
  })
})

describe('a service that stalls', () => {
  const timeoutMs = 60
  const stalls: readonly [string, Behaviour][] = [
    ['before the headers', () => undefined],
    [
      'after the headers',
      (_, response) => {
        response.writeHead(200, { 'content-length': 100 })
        response.flushHeaders()
      }
    ],
    [
      'in the middle of the body',
      (_, response) => void response.writeHead(200, { 'content-length': 100 }).write('half')
    ],
    [
      'by sending a byte at a time for ever',
      (_, response) => {
        const drip = setInterval(() => response.write('0'), 10)
        response.on('close', () => clearInterval(drip))
      }
    ]
  ]

  it.each(stalls)('%s', async (_, behaviour) => {
    const failure = await failureOf(behaviour, { timeoutMs })
    expect(failure.code).toBe('ERR_COLLATERAL_NETWORK')
    expect(failure.message).toMatch(/^amd-vcek from amd-kds: no whole answer within 60 ms/)
    await kds.closed[0]
  })
})

describe('a service that sends too much', () => {
  it('and says so is not read', async () => {
    let written = 0
    const failure = await failureOf((_, response) => {
      response.writeHead(200, { 'content-length': 16 << 20 })
      pour(response, (bytes) => {
        written += bytes
      })
    })
    expect([failure.code, failure.message]).toEqual(tooLarge)
    await kds.closed[0]
    expect(written).toBeLessThan(16 << 20)
  })

  it('without an end is cut off', async () => {
    const failure = await failureOf((_, response) => {
      response.writeHead(200)
      pour(response, () => undefined)
    })
    expect([failure.code, failure.message]).toEqual(tooLarge)
    await kds.closed[0]
  })

  it('in compressed form is cut off where it is unpacked', async () => {
    const bomb = gzipSync(new Uint8Array(32 << 20))
    const failure = await failureOf((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': bomb.length }).end(bomb)
    })
    expect([failure.code, failure.message]).toEqual(tooLarge)
  })

  const tooLarge = ['ERR_COLLATERAL_RESPONSE', 'amd-vcek from amd-kds: the answer has more than 16384 bytes']

  function pour(response: import('node:http').ServerResponse, note: (bytes: number) => void): void {
    const chunk = new Uint8Array(65_536)
    const more = (): void => {
      while (!response.destroyed && response.write(chunk)) note(chunk.length)
      if (!response.destroyed) response.once('drain', more)
    }
    more()
  }
})

describe('a service that lies', () => {
  it('about the length, with less than it announced', async () => {
    const failure = await failureOf((request, response) => {
      response.writeHead(200, { 'content-length': amd.certificates.leaf.length })
      response.write(amd.certificates.leaf.subarray(0, 500), () => request.socket.destroy())
    })
    expect(failure.code).toBe('ERR_COLLATERAL_NETWORK')
    expect(failure.message).toMatch(/^amd-vcek from amd-kds: the answer breaks off/)
  })

  it('about the length, with more than it announced', async () => {
    const failure = await failureOf((request) => {
      request.socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\nconnection: close\r\n\r\n')
      request.socket.end(amd.certificates.leaf)
    })
    expect(['ERR_COLLATERAL_RESPONSE', 'ERR_COLLATERAL_NETWORK']).toContain(failure.code)
  })

  it('about the compression', async () => {
    const failure = await failureOf((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('not gzip at all')
    })
    expect(failure.code).toBe('ERR_COLLATERAL_NETWORK')
  })

  it.each<[string, () => Uint8Array | Promise<Uint8Array>, RegExp]>([
    [
      'a web page',
      () => Buffer.from('<!doctype html><title>Sign in</title>'),
      /the answer is a web page; a proxy or login page/
    ],
    ['nothing', () => new Uint8Array(0), /the answer is empty/],
    ['a truncated certificate', () => amd.certificates.leaf.subarray(0, 900), /is not the item asked for: certificate/],
    [
      'a certificate and a byte',
      () => Buffer.concat([amd.certificates.leaf, Buffer.of(0)]),
      /is not the item asked for/
    ],
    ['random bytes', () => Buffer.alloc(1200, 0xa5), /is not the item asked for/],
    ['JSON', () => Buffer.from('{"error":"maintenance"}'), /is not the item asked for/],
    ['the intermediate', () => amd.certificates.ask, /expected SEV-VCEK or SEV-VLEK as subject/],
    [
      'the VCEK of another chip',
      () => amd.issueVcek({ chipId: new Uint8Array(64).fill(7) }),
      /AMD certificate: expected this chip, found another/
    ],
    [
      'the VCEK of another TCB',
      () => amd.issueVcek({ tcb: Uint8Array.of(4, 0, 0, 0, 0, 0, 23, 219) }),
      /AMD certificate: expected snp SPL 24, found 23/
    ],
    [
      'the VCEK of another product',
      async () => (await fakeAmd({ guest: { product: 'Genoa' } })).certificates.leaf,
      /AMD certificate: expected Milan, found Genoa/
    ],
    [
      'a VLEK',
      async () => (await fakeAmd({ guest: { signingKey: 'VLEK', tcb } })).certificates.leaf,
      /AMD certificate: expected this chip, found another/
    ],
    [
      'an expired VCEK',
      () => amd.issueVcek({ notAfter: new Date('2026-01-01T00:00:00Z') }),
      /has expired at 2026-01-01/
    ]
  ])('and sends %s', async (_, body, message) => {
    const bytes = await body()
    kds.behaviour = (_request, response) => void response.writeHead(200).end(bytes)
    const store = memoryStore()
    const failure = await engine({ store })
      .get(vcek(), { now })
      .catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'ERR_COLLATERAL_RESPONSE', message: expect.stringMatching(message) })
    expect(await store.list?.()).toEqual([])
  })

  it.each<[string, () => string]>([
    ['the wrong order', () => pem(amd.certificates.ark, amd.certificates.ask)],
    ['the root missing', () => pem(amd.certificates.ask)],
    ['one too many', () => pem(amd.certificates.ask, amd.certificates.ark, amd.certificates.ark)],
    ['the intermediate of VLEKs', () => pem(amd.certificates.asvk, amd.certificates.ark)]
  ])('and sends a chain with %s', async (_, body) => {
    kds.behaviour = (_request, response) => void response.writeHead(200).end(body())
    await expect(engine().get(chainItem('Milan', 'VCEK'), { now })).rejects.toMatchObject({
      code: 'ERR_COLLATERAL_RESPONSE',
      cause: { code: expect.stringMatching(/^ERR_(CERTIFICATE_CHAIN|EVIDENCE_PRODUCT)$/) }
    })
  })

  it('and sends the list of another product', async () => {
    const genoa = await fakeAmd({ guest: { product: 'Genoa' } })
    kds.behaviour = (_, response) => send(response, 'application/pkix-crl', genoa.certificates.crl)
    await expect(engine().get(crlItem('Milan', 'VCEK'), { now })).rejects.toMatchObject({
      code: 'ERR_COLLATERAL_RESPONSE',
      message:
        'amd-crl from amd-kds: the answer is not the item asked for: AMD certificate: expected ARK-Milan, found ARK-Genoa'
    })
  })

  function pem(...certificates: readonly Uint8Array[]): string {
    return certificates
      .map(
        (der) =>
          `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`
      )
      .join('')
  }
})
