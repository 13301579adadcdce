// What a proxy is told is checked at its door, and so is the file that says it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TresorError, UsageError, utf8 } from '../../../packages/sdk/src/core/index.js'
import { formatAddress, isLocal, parseAddress, parseTarget } from '../../../packages/sdk/src/tls/proxy/address.js'
import { clientDocumentKeys, documentKeys, serverDocumentKeys } from '../../../packages/sdk/src/tls/proxy/document.js'
import {
  checkProxyConfig,
  type DocumentTools,
  loadProxyConfig,
  type ProxyConfig,
  parseProxyDocument
} from '../../../packages/sdk/src/tls/proxy/index.js'
import { createAuthority } from '../authority.js'
import { host, trust } from '../support.js'
import { setProxyStage } from './stage.js'

const stage = setProxyStage()

describe('an address', () => {
  it.each([
    [':443', { kind: 'tcp', port: 443 }],
    ['127.0.0.1:5432', { kind: 'tcp', host: '127.0.0.1', port: 5432 }],
    ['[::1]:0', { kind: 'tcp', host: '::1', port: 0 }],
    ['db.example:65535', { kind: 'tcp', host: 'db.example', port: 65_535 }],
    ['unix:/run/app.sock', { kind: 'unix', path: '/run/app.sock' }]
  ])('%s is read, and written as it was', (text, address) => {
    expect(parseAddress(text, 'a')).toEqual(address)
    expect(formatAddress(parseAddress(text, 'a'))).toBe(text)
  })

  it.each([
    '443',
    'host',
    'host:',
    'host:65536',
    'host:-1',
    'host:1e3',
    '::1:443',
    '[::1]',
    '[127.0.0.1]:1',
    '[x]:1',
    'a b:1',
    '-x:1',
    'http://x:1',
    'unix:',
    'unix:relative',
    `unix:/${'x'.repeat(107)}`,
    'unix:/a\0b',
    'host:80/path',
    '',
    'host:0x50'
  ])('%j is refused', (text) => {
    expect(() => parseAddress(text, 'a')).toThrow(expect.objectContaining({ code: 'ERR_USAGE_OPTION' }))
  })

  it.each([':443', 'host:0'])('%s cannot be called', (text) => {
    expect(() => parseTarget(text, 'a')).toThrow(UsageError)
  })

  it.each([
    ['127.0.0.1:1', true],
    ['127.9.9.9:1', true],
    ['localhost:1', true],
    ['[::1]:1', true],
    ['[::ffff:127.0.0.1]:1', true],
    ['unix:/x', true],
    [':1', false],
    ['0.0.0.0:1', false],
    ['[::]:1', false],
    ['10.0.0.1:1', false],
    ['localhost.example:1', false],
    ['127.0.0.1.example:1', false],
    ['127.1:1', false]
  ])('%s stays on this machine: %s', (text, expected) => {
    expect(isLocal(parseAddress(text, 'a'))).toBe(expected)
  })
})

const server = () => ({ listen: `${host}:0`, to: `${host}:1`, provider: stage.provider })
const client = () => ({ listen: `${host}:0`, connect: 'enclave.example:443', policy: stage.policy, trust })

function codeOf(config: unknown): string {
  try {
    checkProxyConfig(config as ProxyConfig)
    return 'accepted'
  } catch (error) {
    return TresorError.is(error) ? error.code : String(error)
  }
}

describe('a configuration', () => {
  it('of both directions is accepted', () => {
    expect(
      codeOf({
        routes: [
          { ...server(), name: 'a' },
          { ...client(), name: 'b' }
        ],
        drainMs: 0
      })
    ).toBe('accepted')
  })

  it.each<[string, (s: object, c: object) => unknown]>([
    ['that is nothing', () => undefined],
    ['without routes', () => ({})],
    ['with no route', () => ({ routes: [] })],
    ['with too many routes', (s) => ({ routes: Array(257).fill(s) })],
    ['with an unknown key', (s) => ({ routes: [s], extra: 1 })],
    ['with a route that is no object', () => ({ routes: [7] })],
    ['with a null route', () => ({ routes: [null] })],
    ['with a route of neither direction', () => ({ routes: [{ listen: ':1' }] })],
    ['with a route of both directions', (s, c) => ({ routes: [{ ...s, ...c }] })],
    ['with an unknown key in a route', (s) => ({ routes: [{ ...s, skipVerify: true }] })],
    ['with an unknown limit', (s) => ({ routes: [{ ...s, limits: { conections: 1 } }] })],
    ['with a limit of 0', (s) => ({ routes: [{ ...s, limits: { connections: 0 } }] })],
    ['with an unknown timeout', (s) => ({ routes: [{ ...s, timeouts: { idle: 1 } }] })],
    [
      'with two routes of a name',
      (s) => ({
        routes: [
          { ...s, name: 'a' },
          { ...s, name: 'a' }
        ]
      })
    ],
    ['with two routes on one port', (s) => ({ routes: ['a', 'b'].map((name) => ({ ...s, name, listen: ':1' })) })],
    ['with a name that would break a log line', (s) => ({ routes: [{ ...s, name: 'a\nb' }] })],
    ['with a name that would break a metric', (s) => ({ routes: [{ ...s, name: 'a"b' }] })],
    ['with another mode', (s) => ({ routes: [{ ...s, mode: 'udp' }] })],
    ['with a verdict header in mode tcp', (s) => ({ routes: [{ ...s, verdictHeader: true }] })],
    ['with forwarded in mode tcp', (s) => ({ routes: [{ ...s, forwarded: 'append' }] })],
    ['with an age in mode tcp', (s) => ({ routes: [{ ...s, maxConnectionAgeMs: 1 }] })],
    ['with a backend on another machine', (s) => ({ routes: [{ ...s, to: '10.0.0.1:5432' }] })],
    ['with a plain listener on all addresses', (_, c) => ({ routes: [{ ...c, listen: ':5433' }] })],
    ['with a plain listener by a name', (_, c) => ({ routes: [{ ...c, listen: 'myhost:5433' }] })],
    ['with metrics for all', (s) => ({ routes: [s], metrics: { listen: ':9464' } })],
    [
      'with a truthy permission that is not true',
      (_, c) => ({ routes: [{ ...c, listen: ':1', unsafeListenPlain: 'yes' }] })
    ],
    ['with attested TLS on a Unix socket', (s) => ({ routes: [{ ...s, listen: 'unix:/x' }] })],
    ['with a server on a Unix socket', (_, c) => ({ routes: [{ ...c, connect: 'unix:/x' }] })],
    ['without trust', (_, c) => ({ routes: [{ ...c, trust: undefined }] })],
    ['without a provider', (s) => ({ routes: [{ ...s, provider: undefined }] })],
    ['with a certificate that is none', (s) => ({ routes: [{ ...s, certificate: { cert: 'x', key: 'y' } }] })],
    ['with a certificate of numbers', (s) => ({ routes: [{ ...s, certificate: { cert: 1, key: 2 } }] })],
    ['that drains for ever', (s) => ({ routes: [s], drainMs: Number.POSITIVE_INFINITY })]
  ])('%s is refused', (_, make) => {
    expect(codeOf(make(server(), client()))).toBe('ERR_USAGE_OPTION')
  })

  it('with an empty policy, or none, is refused', () => {
    expect(codeOf({ routes: [{ ...client(), policy: [] }] })).toBe('ERR_USAGE_POLICY_EMPTY')
    expect(codeOf({ routes: [{ ...client(), policy: undefined }] })).toMatch(/^ERR_USAGE_POLICY/)
    expect(codeOf({ routes: [{ ...server(), clients: [] }] })).toBe('ERR_USAGE_POLICY_EMPTY')
  })

  it.each<[string, (s: object, c: object) => unknown]>([
    ['a backend on another machine', (s) => ({ routes: [{ ...s, to: '10.0.0.1:1', unsafeSendPlain: true }] })],
    ['a plain listener on all addresses', (_, c) => ({ routes: [{ ...c, listen: ':1', unsafeListenPlain: true }] })],
    ['metrics for all', (s) => ({ routes: [s], metrics: { listen: ':9464', unsafeListenPlain: true } })]
  ])('%s is admitted where its loud name is spoken', (_, make) => {
    expect(codeOf(make(server(), client()))).toBe('accepted')
  })

  it('is told of a wrong value by its path', () => {
    const config = { routes: [server(), { ...client(), listen: ':1' }] }
    expect(() => checkProxyConfig(config as ProxyConfig)).toThrow(
      /^proxy\.routes\[1\]\.listen: :1 is not on this machine/
    )
  })

  it('of any shape is accepted or refused with a code, and nothing else', () => {
    const value = fc.oneof(fc.constantFrom<unknown>('tcp', 'http', ':1', '127.0.0.1:1', true, 0, -1), fc.anything())
    const keys = [
      'listen',
      'to',
      'connect',
      'mode',
      'policy',
      'trust',
      'provider',
      'clients',
      'limits',
      'timeouts',
      'name'
    ]
    const route = fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 8 })
    const config = fc.record(
      { routes: fc.oneof(fc.array(route, { maxLength: 3 }), value), metrics: value, drainMs: value },
      { requiredKeys: [] }
    )
    fc.assert(
      fc.property(fc.oneof(config, value), (any) => {
        expect(codeOf(any)).toMatch(/^(?:accepted|ERR_USAGE_\w+)$/)
      }),
      { numRuns: 500 }
    )
  })
})

const files = (texts: Readonly<Record<string, string>>): DocumentTools & { asked: (string | undefined)[] } => {
  const asked: (string | undefined)[] = []
  return {
    asked,
    readFile: async (path) => {
      const text = texts[path]
      if (text === undefined) throw new UsageError('ERR_USAGE_FILE', `${path}: does not exist`)
      return utf8(text)
    },
    provider: async (name) => {
      asked.push(name)
      return stage.provider
    }
  }
}

const serverDocument = { listen: `${host}:0`, to: `${host}:1` }
const clientDocument = { listen: `${host}:0`, connect: 'enclave.example:443', policy: 'p.json', trust: 'evidence-only' }

describe('a document', () => {
  it('names files, whose content becomes the configuration', async () => {
    const { ca, server: pem } = createAuthority()
    const policy = JSON.stringify(stage.policy)
    const tools = files({ 'p.json': policy, 'ca.pem': ca, 'tls.crt': pem.cert, 'tls.key': pem.key })
    const document = {
      $schema: 'proxy.schema.json',
      provider: 'snp-configfs',
      routes: [
        {
          ...serverDocument,
          name: 'a',
          clients: ['p.json', JSON.parse(policy)],
          certificate: { cert: 'tls.crt', key: 'tls.key' }
        },
        { ...serverDocument, name: 'b', clients: { policy: 'p.json', tiers: ['boundKey'] } },
        { ...clientDocument, name: 'c', trust: { ca: ['ca.pem', 'ca.pem'] }, prove: true }
      ]
    }
    const config = await loadProxyConfig(document, tools)
    expect(codeOf(config)).toBe('accepted')
    expect(config.routes[0]).toMatchObject({ clients: { policy: [stage.policy, stage.policy] } })
    expect(config.routes[2]).toMatchObject({ trust: { ca: [utf8(ca), utf8(ca)] }, provider: stage.provider })
    expect(tools.asked).toEqual(['snp-configfs'])
  })

  it('without a route that proves anything asks for no TEE', async () => {
    const tools = files({ 'p.json': JSON.stringify(stage.policy) })
    const config = await loadProxyConfig({ routes: [clientDocument] }, tools)
    expect(codeOf(config)).toBe('accepted')
    expect(tools.asked).toEqual([])
  })

  it.each<[string, unknown]>([
    ['an unknown key', { routes: [serverDocument], provder: 'x' }],
    ['an unknown key in a route', { routes: [{ ...serverDocument, client: 'p.json' }] }],
    ['a key that only the library knows', { routes: [{ ...clientDocument, unsafeExtraRoots: [] }] }],
    ['a provider inside a route', { routes: [{ ...serverDocument, provider: 'x' }] }],
    ['a route of neither direction', { routes: [{}] }],
    ['a route that is a list', { routes: [[]] }],
    ['routes that are an object', { routes: {} }],
    [
      'demands on clients with an unknown key',
      { routes: [{ ...serverDocument, clients: { policy: 'p.json', tier: [] } }] }
    ],
    ['half a certificate', { routes: [{ ...serverDocument, certificate: { cert: 'p.json' } }] }],
    ['trust with an unknown key', { routes: [{ ...clientDocument, trust: { ca: 'p.json', pin: 1 } }] }],
    ['an authority that is a number', { routes: [{ ...clientDocument, trust: { ca: [7] } }] }],
    ['prove that is a word', { routes: [{ ...clientDocument, prove: 'yes' }] }],
    ['a provider that is a number', { routes: [serverDocument], provider: 7 }],
    ['nothing', null]
  ])('with %s is refused', async (_, document) => {
    const tools = files({ 'p.json': JSON.stringify(stage.policy) })
    await expect(loadProxyConfig(document, tools)).rejects.toMatchObject({ code: 'ERR_USAGE_OPTION' })
  })

  it('says which policy file is wrong', async () => {
    const empty = loadProxyConfig({ routes: [clientDocument] }, files({ 'p.json': '{"anyOf":[]}' }))
    await expect(empty).rejects.toMatchObject({
      code: 'ERR_USAGE_POLICY_EMPTY',
      message: expect.stringMatching(/^p\.json: /)
    })
    await expect(loadProxyConfig({ routes: [clientDocument] }, files({}))).rejects.toMatchObject({
      code: 'ERR_USAGE_FILE'
    })
  })

  it.each(['', '{', '{"routes":[],"routes":[]}', `${'['.repeat(64)}${']'.repeat(64)}`, '\ud800'])(
    'of the text %j is refused',
    (text) => {
      expect(() => parseProxyDocument(text)).toThrow(expect.objectContaining({ code: 'ERR_USAGE_FILE' }))
    }
  )
})

describe('the JSON Schema', () => {
  const schema = JSON.parse(readFileSync(join(import.meta.dirname, '../../../packages/sdk/proxy.schema.json'), 'utf8'))

  it('knows the same names as the loader', () => {
    expect(Object.keys(schema.properties).sort()).toEqual([...documentKeys].sort())
    expect(Object.keys(schema.$defs.serverRoute.properties).sort()).toEqual([...serverDocumentKeys].sort())
    expect(Object.keys(schema.$defs.clientRoute.properties).sort()).toEqual([...clientDocumentKeys].sort())
  })

  it('admits no other names in any object that lists its own', () => {
    const open: string[] = []
    const visit = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null) return
      if ('properties' in value && !('additionalProperties' in value && value.additionalProperties === false))
        open.push(path)
      for (const [key, inner] of Object.entries(value)) visit(inner, `${path}/${key}`)
    }
    visit(schema, '')
    expect(open).toEqual([])
  })

  it('takes the addresses that the parser takes', () => {
    const pattern = new RegExp(schema.$defs.address.pattern)
    for (const text of [':443', '127.0.0.1:1', '[::1]:1', 'a.example:1', 'unix:/x']) expect(text).toMatch(pattern)
    for (const text of ['443', '::1:443', 'unix:x', 'host:']) expect(text).not.toMatch(pattern)
  })
})
