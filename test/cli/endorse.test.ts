import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { endorse } from '../../packages/sdk/src/cli/endorse.js'
import { encodePem } from '../../packages/sdk/src/encoding/pem.js'
import type { Evidence } from '../../packages/sdk/src/evidence/index.js'
import { authenticate, createCollateral } from '../../packages/sdk/src/verify/index.js'
import { describeWithVectors, readVector } from '../support/vectors.js'
import { createFixture, type Fixture, nonceHex } from './evidence.js'
import { run, temporaryDirectory } from './run.js'

const directory = temporaryDirectory()
let fixture: Fixture
let server: Server | undefined

beforeAll(async () => {
  fixture = await createFixture(directory)
})
afterEach(() => {
  server?.close()
})

/** A key distribution service on this machine, and the paths that it was asked for. */
async function serve(
  answers: Readonly<Record<string, Uint8Array | string>>
): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = []
  const answer: RequestListener = ({ url = '' }, response) => {
    asked.push(url)
    const found = Object.entries(answers).find(([path]) => url.includes(path))
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/octet-stream' })
    response.end(found?.[1])
  }
  const listening = createServer(answer)
  server = listening
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}`, asked }
}

function simulatorService(): Promise<{ url: string; asked: string[] }> {
  const [vcek, ask, ark] = fixture.evidence.endorsements.map(({ bytes }) => bytes)
  const chain = [ask, ark].map((der) => encodePem('CERTIFICATE', der ?? new Uint8Array(0))).join('')
  return serve({ cert_chain: chain, '/vcek/v1/Milan/': vcek ?? '' })
}

const bare = (): Evidence => ({ ...fixture.evidence, endorsements: [] })
const simulated = {
  kind: 'snp',
  name: 'x',
  simulated: true,
  collect: () => Promise.reject(new Error('not asked'))
} as const
const io = { clock: () => new Date() } as Parameters<typeof endorse>[3]

describe('endorsing', () => {
  it('adds what had to be fetched, so that nobody has to fetch it again', async () => {
    const { url, asked } = await simulatorService()
    const collateral = createCollateral({ services: { 'amd-kds': url } })
    const complete = await endorse(bare(), simulated, collateral, io)
    expect(asked).toHaveLength(2)
    expect(complete.endorsements.map(({ mediaType }) => mediaType)).toEqual([
      'application/pkix-cert',
      'application/pem-certificate-chain'
    ])
    await expect(authenticate(complete, { allowSimulator: true })).resolves.toMatchObject({ kind: 'snp' })
  })

  it('adds what the caller brought', async () => {
    const given = fixture.evidence.endorsements.map(({ bytes }) => bytes)
    const complete = await endorse(bare(), simulated, createCollateral({ given, offline: true }), io)
    expect(complete.endorsements).toHaveLength(given.length)
    await expect(authenticate(complete, { allowSimulator: true })).resolves.toMatchObject({ kind: 'snp' })
  })

  it('fails rather than ship evidence that does not verify', async () => {
    const bytes = fixture.evidence.bytes.slice()
    bytes[0x50] = (bytes[0x50] ?? 0) ^ 1
    const broken = { ...fixture.evidence, bytes }
    await expect(endorse(broken, simulated, createCollateral(), io)).rejects.toMatchObject({
      code: 'ERR_EVIDENCE_SIGNATURE'
    })
  })
})

describe('verify with a mirror of the vendor’s service', () => {
  const verify = (url: string, ...more: readonly string[]) =>
    run(
      [
        'verify',
        fixture.reportPath,
        '--policy',
        fixture.policyPath,
        '--nonce',
        nonceHex,
        '--service',
        `amd-kds=${url}`,
        ...more
      ],
      { fetch: globalThis.fetch }
    )

  it('fetches certificates, and finds them in the cache the next time', async () => {
    const { url, asked } = await simulatorService()
    const cache = ['--cache', join(directory, 'cache')]
    expect((await verify(url, ...cache)).code).toBe(0)
    expect(asked).toHaveLength(2)
    expect((await verify(url, ...cache)).code).toBe(0)
    expect((await verify(url, ...cache, '--offline')).code).toBe(0)
    expect(asked).toHaveLength(2)
  })

  it('warns where a named cache cannot be used, and goes on without', async () => {
    const { url } = await simulatorService()
    const { code, stderr } = await verify(url, '--cache', join(directory, 'policy.json'))
    expect(code).toBe(0)
    expect(stderr).toContain('the cache was not used')
  })

  it.each([
    ['that answers with HTML', () => serve({ '/': '<html>hello</html>' })],
    ['that knows nothing', () => serve({})]
  ])('%s leaves the verdict open', async (_, start) => {
    const { url } = await start()
    const { code, stdout } = await verify(url, '--cache', join(directory, 'cache2'))
    expect(code).toBe(3)
    expect(stdout).toContain('ERR_COLLATERAL_')
  })
})

describeWithVectors('endorsing a report of a real machine', () => {
  it('asks for the revocation list too', async () => {
    const { url, asked } = await serve({
      cert_chain: readVector('certs/amd-milan-vcek-chain.pem'),
      '/vcek/v1/Milan/4f': readVector('snp/milan/tav-milan-v3.vcek.der')
    })
    const collateral = createCollateral({ services: { 'amd-kds': url } })
    const evidence = { kind: 'snp', bytes: readVector('snp/milan/tav-milan-v3.bin'), endorsements: [] } as const
    const real = { ...simulated, simulated: false }
    const work = endorse(evidence, real, collateral, { ...io, clock: () => new Date('2026-06-01') })
    await expect(work).rejects.toMatchObject({ code: expect.stringContaining('ERR_COLLATERAL_') })
    expect(asked.some((path) => path.endsWith('/vcek/v1/Milan/crl'))).toBe(true)
  })
})
