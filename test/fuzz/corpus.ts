// Good inputs: always those of the fake vendor, and real ones where vectors are present.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { encodeCbor } from '../../packages/sdk/src/encoding/cbor-encode.js'
import { encodePem } from '../../packages/sdk/src/encoding/pem.js'
import { encodeEvidence } from '../../packages/sdk/src/evidence/cmw/encode-evidence.js'
import { type Evidence, mediaTypes, parseSnpReport, type SnpProduct } from '../../packages/sdk/src/evidence/index.js'
import { type FakeAmd, type FakeIntel, fakeAmd, fakeIntel } from '../../packages/sdk/src/testing/index.js'
import { hasVectors, readVector, vectorsDir } from '../support/vectors-files.js'

export interface Corpus {
  /** Of every product and version. */
  readonly platforms: readonly FakeAmd[]
  readonly intel: FakeIntel
  readonly evidence: Evidence
  readonly reports: readonly Uint8Array[]
  readonly certificates: readonly Uint8Array[]
  readonly crls: readonly Uint8Array[]
  readonly pems: readonly Uint8Array[]
  readonly tables: readonly Uint8Array[]
  readonly cbor: readonly Uint8Array[]
  readonly json: readonly Uint8Array[]
  readonly wrappers: readonly Uint8Array[]
  readonly quotes: readonly Uint8Array[]
  readonly eventLogs: readonly Uint8Array[]
  /** TCB info and QE identity with their issuers. */
  readonly signed: readonly Uint8Array[]
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

const reportData = new Uint8Array(64).fill(0x5a)

export async function makeCorpus(): Promise<Corpus> {
  const platforms = await Promise.all([
    platform('Milan', 2),
    platform('Milan', 3),
    platform('Genoa', 5),
    platform('Turin', 5),
    fakeAmd({ guest: { signingKey: 'VLEK' } })
  ])
  const intel = await fakeIntel()
  const endorsements = [...intel.endorsements('tdx'), ...intel.endorsements('sgx')]
  const logs = endorsements.filter(({ mediaType }) => mediaType === mediaTypes.eventLog)
  const evidence = platforms[1].evidence(reportData)
  const certificates = platforms.flatMap(({ certificates: { ark, ask, asvk, leaf } }) => [leaf, ark, ask, asvk])
  return {
    platforms,
    intel,
    evidence,
    certificates: [...certificates, ...vectors('certs', '.der'), ...vectors('snp/milan', '.der')],
    reports: [...platforms.map((each) => each.report(reportData)), ...reportVectors()],
    crls: [...platforms.map((each) => each.certificates.crl), ...vectors('collateral', '.der')].slice(0, 12),
    pems: [
      utf8(
        certificates
          .slice(0, 3)
          .map((der) => encodePem('CERTIFICATE', der))
          .join('')
      ),
      ...vectors('certs', '.pem')
    ],
    tables: platforms.map(({ certificateTable }) => certificateTable),
    cbor: [...cborSeeds(), encodeEvidence(evidence), ...vectors('nitro', '.bin').slice(0, 4)],
    json: [...jsonSeeds(), encodeEvidence(evidence, { format: 'json' }), ...vectors('collateral', '.json').slice(0, 4)],
    wrappers: [evidence, { ...evidence, endorsements: [] }].flatMap((each) => [
      encodeEvidence(each),
      encodeEvidence(each, { format: 'json' })
    ]),
    quotes: [
      ...fakeQuotes(intel),
      ...vectors('tdx', '.bin').filter(isQuote),
      ...vectors('sgx', '.bin').filter(isQuote)
    ],
    eventLogs: [...logs.map(({ bytes }) => bytes), ...vectors('tdx', '.bin').filter((bytes) => !isQuote(bytes))],
    signed: endorsements.flatMap((each) => (logs.includes(each) ? [] : [each.bytes]))
  }
}

function platform(product: SnpProduct, version: 2 | 3 | 5): Promise<FakeAmd> {
  return fakeAmd({ guest: { product, version } })
}

function fakeQuotes(intel: FakeIntel): readonly Uint8Array[] {
  return [
    intel.tdxQuote(reportData, { version: 4 }),
    intel.tdxQuote(reportData, { version: 5 }),
    intel.tdxQuote(reportData, { paddedBytes: 8000 }),
    intel.sgxQuote(reportData),
    intel.sgxQuote(reportData, { version: 4 })
  ]
}

function cborSeeds(): readonly Uint8Array[] {
  return [
    encodeCbor(
      new Map<number, unknown>([
        [1, [1, -1, 2 ** 40]],
        [2, 'text'],
        [3, Uint8Array.of(1, 2, 3)]
      ]) as never
    ),
    Uint8Array.of(0xbf, 0x61, 0x61, 0x9f, 0x01, 0xff, 0xff),
    Uint8Array.of(0xd8, 0x3d, 0x82, 0xf6, 0xf5)
  ]
}

function jsonSeeds(): readonly Uint8Array[] {
  return [
    '{"a":[1,-2.5e3,true,null,"\\u00e9\\ud83d\\ude00"],"b":{"c":{}}}',
    '[]',
    '"\\\\\\"\\/\\b\\f\\n\\r\\t"',
    '0'
  ].map(utf8)
}

/** Some that decode, of every version. */
function reportVectors(): readonly Uint8Array[] {
  return ['snp/milan', 'snp/genoa', 'snp/turin'].flatMap((folder) => vectors(folder, '.bin')).filter(isReport)
}

function isReport(bytes: Uint8Array): boolean {
  try {
    return parseSnpReport(bytes).version > 0
  } catch {
    return false
  }
}

function isQuote(bytes: Uint8Array): boolean {
  return bytes.length > 1000 && bytes.length < 65_536 && [3, 4, 5].includes(bytes[0] ?? 0) && bytes[1] === 0
}

function vectors(folder: string, suffix: string): readonly Uint8Array[] {
  if (!hasVectors) return []
  const names = readdirSync(join(vectorsDir(), folder)).filter((name) => name.endsWith(suffix))
  return names.map((name) => readVector(`${folder}/${name}`)).filter(({ length }) => length > 0 && length < 300_000)
}
