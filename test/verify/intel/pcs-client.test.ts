// What Intel's service, a caching service, or whoever stands between can do to us, each with its code; and what they may do.
import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { encodeChain } from '../../../packages/sdk/src/attest/simulator/intel/index.js'
import { concatBytes, toHex, UnavailableError, utf8 } from '../../../packages/sdk/src/core/index.js'
import { encodeBase64 } from '../../../packages/sdk/src/encoding/base64.js'
import { encodePem } from '../../../packages/sdk/src/encoding/pem.js'
import { answerPcs, type FakeIntel, fakeIntel, type PcsAnswer } from '../../../packages/sdk/src/testing/index.js'
import {
  type Appraisal,
  authenticate,
  createCollateral,
  intelPcs,
  type PccsOptions,
  pccs,
  type Services
} from '../../../packages/sdk/src/verify/index.js'
import { codeOf } from '../../support/coded.js'
import type { Behaviour } from '../collateral/kds-server.js'
import { type Answers, asPccs, type PcsServer, startPcs } from './pcs-server.js'

const now = new Date('2026-01-01T00:00:00Z')

let intel: FakeIntel
let server: PcsServer
let proper: Answers

beforeAll(async () => {
  intel = await fakeIntel({ now })
  proper = (path) => answerPcs(intel, `https://pcs${path}`)
  server = await startPcs(proper)
})
afterAll(() => server.stop())
afterEach(() => {
  server.answers = proper
  server.behaviour = undefined
  server.requests.length = 0
})

function judge(
  services: Services = server.services,
  tee: 'tdx' | 'sgx' = 'tdx',
  timeoutMs = 2_000
): Promise<Appraisal> {
  const collateral = createCollateral({ services, clock: () => now, retries: 0, timeoutMs })
  const reportData = new Uint8Array(64)
  const options = { endorsements: [] }
  const evidence = tee === 'tdx' ? intel.tdxEvidence(reportData, options) : intel.sgxEvidence(reportData, options)
  return authenticate(evidence, { now, collateral, unsafeExtraRoots: [intel.root] })
}

async function failureOf(services?: Services, timeoutMs?: number): Promise<UnavailableError> {
  const error: unknown = await judge(services, 'tdx', timeoutMs).catch((reason: unknown) => reason)
  if (error instanceof UnavailableError) return error
  throw new Error('expected an UnavailableError', { cause: error })
}

/** The answer to paths that hold `part`, changed. */
function changed(part: string, change: (answer: PcsAnswer) => Partial<PcsAnswer>): Answers {
  return (path) => (path.includes(part) ? { ...proper(path), ...change(proper(path)) } : proper(path))
}

describe('a service', () => {
  it.each(['tdx', 'sgx'] as const)('of Intel gives what a quote of %s needs', async (tee) => {
    await expect(judge(server.services, tee)).resolves.toMatchObject({ tcb: { status: 'UpToDate' } })
    expect(server.requests).toHaveLength(4)
  })

  it('that caches answers under the same paths, with the list of the root beside them', async () => {
    server.answers = asPccs(proper)
    await expect(judge(pccs(server.url))).resolves.toMatchObject({ tcb: { status: 'UpToDate' } })
    expect(server.requests).toContain('/sgx/certification/v4/rootcacrl')
  })

  it('below a path of its own is asked there', async () => {
    server.answers = (path) => asPccs(proper)(path.replace('/mirror/', '/'))
    await judge(pccs(`${server.url}/mirror/`))
    expect(server.requests.every((path) => path.startsWith('/mirror/sgx/') || path.startsWith('/mirror/tdx/'))).toBe(
      true
    )
  })

  it('that speaks version 3 of the API names paths and header so', async () => {
    server.answers = asPccs(proper, 'v3')
    await expect(judge(pccs(server.url, { api: 'v3' }), 'sgx')).resolves.toMatchObject({ tcb: { status: 'UpToDate' } })
    expect(server.requests.every((path) => path.startsWith('/sgx/certification/v3/'))).toBe(true)
  })

  it.each<[PccsOptions, string]>([
    [{ update: 'early' }, 'update=early'],
    [{ update: 'standard' }, 'update=standard'],
    [{ tcbEvaluationDataNumber: 17 }, 'tcbEvaluationDataNumber=17']
  ])('is asked for an evaluation: %o', async (options, query) => {
    await judge({ ...server.services, 'intel-pcs': pccs(server.url, options)['intel-pcs'] ?? '' })
    expect(server.requests.toSorted()).toEqual([
      '/IntelSGXRootCA.der',
      '/sgx/certification/v4/pckcrl?ca=platform&encoding=der',
      `/tdx/certification/v4/qe/identity?${query}`,
      `/tdx/certification/v4/tcb?fmspc=90C06F000000&${query}`
    ])
  })

  it.each<[string, () => unknown]>([
    ['two ways to choose an evaluation', () => pccs('https://a', { update: 'early', tcbEvaluationDataNumber: 1 })],
    ['an unknown update', () => intelPcs({ update: 'late' as 'early' })],
    ['an unknown version', () => pccs('https://a', { api: 'v2' as 'v3' })],
    ['an unknown option', () => pccs('https://a', { version: 'v4' } as object)],
    ['a URL with http to another machine', () => createCollateral({ services: pccs('http://pccs.example') })],
    ['a URL with a query', () => createCollateral({ services: pccs('https://pccs.example?a') })],
    ['an address with an unknown key', () => createCollateral({ services: { a: { url: 'https://a', x: 1 } as never } })]
  ])('is not accepted with %s', (_, work) => {
    expect(codeOf(work)).toBe('ERR_USAGE_OPTION')
  })

  it('may give lists in PEM, and URL-encoded chains with CRLF', async () => {
    server.answers = (path) => {
      const answer = proper(path)
      if (path.includes('crl') || path.includes('Root')) {
        return { ...answer, body: utf8(encodePem('X509 CRL', answer.body)) }
      }
      const headers = Object.entries(answer.headers).map(([name, value]) => [name, value.replaceAll('%0A', '%0D%0A')])
      return { ...answer, headers: Object.fromEntries(headers) }
    }
    await expect(judge()).resolves.toMatchObject({ tcb: { status: 'UpToDate' } })
  })

  it('gives the issuers of a quote that carries its PCK certificate alone', async () => {
    const certification = { type: 4, data: encodeChain([intel.material.certificates.pck]) }
    const collateral = createCollateral({ services: server.services, clock: () => now })
    const evidence = intel.tdxEvidence(new Uint8Array(64), { certification, endorsements: [] })
    const appraisal = await authenticate(evidence, { now, collateral, unsafeExtraRoots: [intel.root] })
    expect(appraisal.claims.certificationType).toBe(4)
  })
})

describe('a service that refuses or misbehaves', () => {
  const tcb = '/tcb'
  it.each<[string, Behaviour, string]>([
    ['with 429', (_, response) => void response.writeHead(429).end(), 'ERR_COLLATERAL_RATE_LIMIT'],
    ['with 500', (_, response) => void response.writeHead(500).end(), 'ERR_COLLATERAL_NETWORK'],
    ['with 404', (_, response) => void response.writeHead(404).end(), 'ERR_COLLATERAL_RESPONSE'],
    [
      'with a redirect',
      (_, response) => void response.writeHead(302, { location: 'https://x.example' }).end(),
      'ERR_COLLATERAL_RESPONSE'
    ],
    ['by stalling', () => undefined, 'ERR_COLLATERAL_NETWORK'],
    [
      'by breaking off',
      (request, response) => {
        response.writeHead(200, { 'content-length': 5000 })
        response.write('{"tcbInfo":', () => request.socket.destroy())
      },
      'ERR_COLLATERAL_NETWORK'
    ]
  ])('%s', async (_, behaviour, code) => {
    server.behaviour = behaviour
    expect((await failureOf(undefined, 100)).code).toBe(code)
  })

  const responses: readonly (readonly [string, string, (answer: PcsAnswer) => Partial<PcsAnswer>])[] = [
    ['a web page', tcb, () => ({ body: utf8('<html>sign in</html>'), headers: { 'Content-Type': 'text/html' } })],
    ['truncated JSON', tcb, ({ body }) => ({ body: body.slice(0, -10) })],
    ['JSON with bytes behind it', tcb, ({ body }) => ({ body: concatBytes(body, utf8('{}')) })],
    ['JSON of another shape', tcb, () => ({ body: utf8('{"tcbInfo":{},"signature":""}') })],
    ['nested JSON without end', tcb, () => ({ body: utf8('['.repeat(100_000)) })],
    ['a signature in base64', tcb, ({ body }) => ({ body: inBase64(body) })],
    ['TCB info of another family', tcb, () => ({ body: otherFamily.material.tcbInfo.tdx })],
    ['TCB info of the other TEE', tcb, () => ({ body: intel.material.tcbInfo.sgx })],
    ['a QE identity in place of TCB info', tcb, () => ({ body: intel.material.qeIdentity.tdx })],
    ['the identity of the other QE', '/identity', () => ({ body: intel.material.qeIdentity.sgx })],
    ['TCB info that has expired', tcb, () => ({ body: outdated.material.tcbInfo.tdx })],
    ['an issuer chain that is not URL-encoded', tcb, () => ({ headers: { 'TCB-Info-Issuer-Chain': '%E0%A4%A' } })],
    ['an issuer chain that is no PEM', tcb, () => ({ headers: { 'TCB-Info-Issuer-Chain': 'chain' } })],
    ['a list in base64', 'pckcrl', ({ body }) => ({ body: utf8(encodeBase64(body)) })],
    ['a list in hex with a digit missing', 'pckcrl', ({ body }) => ({ body: utf8(toHex(body).slice(1)) })],
    ['a list in hex of hex', 'pckcrl', ({ body }) => ({ body: utf8(toHex(utf8(toHex(body)))) })],
    ['the list of the other CA', 'pckcrl', () => ({ body: intel.material.crls.processor })],
    ['the list of the root', 'pckcrl', () => ({ body: intel.material.crls.root })],
    ['a truncated list', 'pckcrl', ({ body }) => ({ body: body.slice(0, 100) })],
    ['a certificate in place of a list', 'pckcrl', () => ({ body: intel.material.certificates.root })]
  ]
  let otherFamily: FakeIntel
  let outdated: FakeIntel
  let forger: FakeIntel
  beforeAll(async () => {
    otherFamily = await fakeIntel({ now, platform: { fmspc: Uint8Array.of(0x50, 0x80, 0x6f, 0, 0, 0) } })
    outdated = await fakeIntel({ now: new Date('2023-01-01T00:00:00Z') })
    forger = await fakeIntel({ now, vendor: 'forger' })
  })

  it.each(responses)('by answering with %s', async (_, part, change) => {
    server.answers = changed(part, change)
    const failure = await failureOf()
    expect(failure.code).toBe('ERR_COLLATERAL_RESPONSE')
    expect(failure.message).toMatch(/^intel-(tcb-info|qe-identity|pck-crl) from intel-pcs: /)
  })

  const refused: readonly (readonly [string, string, string, (answer: PcsAnswer) => Partial<PcsAnswer>])[] = [
    ['JSON that was written anew', 'ERR_COLLATERAL_SIGNATURE', tcb, ({ body }) => ({ body: rewritten(body) })],
    ['collateral without its signer', 'ERR_COLLATERAL_SIGNATURE', tcb, () => ({ headers: {} })],
    [
      'TCB info that somebody else signed, with his chain',
      'ERR_CERTIFICATE_SIGNATURE',
      tcb,
      () => answerPcs(forger, 'https://pcs/tdx/certification/v4/tcb?fmspc=90C06F000000')
    ],
    [
      'TCB info that somebody else signed',
      'ERR_COLLATERAL_SIGNATURE',
      tcb,
      () => ({ body: forger.material.tcbInfo.tdx })
    ],
    ['a list that somebody else signed', 'ERR_CRL_ISSUER', 'pckcrl', () => ({ body: forger.material.crls.platform })]
  ]

  it.each(refused)('by answering with %s', async (_, code, part, change) => {
    server.answers = changed(part, change)
    await expect(judge()).rejects.toMatchObject({ code })
  })
})

/** The same values with spaces between them. */
function rewritten(body: Uint8Array): Uint8Array {
  return utf8(JSON.stringify(JSON.parse(new TextDecoder().decode(body)), undefined, 1))
}

function inBase64(body: Uint8Array): Uint8Array {
  const text = new TextDecoder().decode(body)
  return utf8(
    text.replace(/"signature":"[0-9a-f]+"/, `"signature":"${createHash('sha512').update(text).digest('base64')}"`)
  )
}
