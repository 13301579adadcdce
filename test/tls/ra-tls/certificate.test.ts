// RA-TLS certificates by themselves: made here and read back, and whatever must not be taken for one.
import { createHash, X509Certificate } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { type EvidenceProvider, tdxSimulator } from '../../../packages/sdk/src/attest/index.js'
import { concatBytes, TresorError } from '../../../packages/sdk/src/core/index.js'
import { encodeCbor } from '../../../packages/sdk/src/encoding/cbor-encode.js'
import { derUtf8String } from '../../../packages/sdk/src/encoding/index.js'
import { encodeEvidence } from '../../../packages/sdk/src/evidence/cmw/encode-evidence.js'
import type { Evidence } from '../../../packages/sdk/src/evidence/index.js'
import { encodeClaims } from '../../../packages/sdk/src/tls/ra-tls/claims.js'
import { createRaTlsCertificate, verifyRaTlsCertificate } from '../../../packages/sdk/src/tls/ra-tls/index.js'
import type { Policy } from '../../../packages/sdk/src/verify/index.js'
import { type Extension, findExtension, parseCertificate } from '../../../packages/sdk/src/x509/index.js'
import { policyOf, testProvider } from '../support.js'
import {
  ccc,
  claimsFrom,
  claimsOf,
  claimsReportData,
  cmw,
  expired,
  extension,
  forge,
  makeKey,
  oids,
  validity
} from './forge.js'

const tdx = tdxSimulator()
const snp = testProvider()
const key = makeKey()
const nonce = new Uint8Array(32).fill(7)
let policies: { readonly tdx: Policy; readonly snp: Policy }

beforeAll(async () => {
  policies = { tdx: await policyOf(tdx), snp: await policyOf(snp) }
})

/** Evidence over a buffer of claims. */
function quote(claims: Uint8Array, provider: EvidenceProvider = tdx): Promise<Evidence> {
  return provider.collect({ reportData: claimsReportData(claims) })
}

/** The extensions of a certificate of CCC with this buffer, genuine for it. */
async function genuine(claims: Uint8Array): Promise<readonly Extension[]> {
  const { der } = await createRaTlsCertificate({ provider: tdx })
  const endorsements = findExtension(parseCertificate(der), oids.endorsements)
  const { bytes } = await quote(claims)
  return [ccc(bytes, claims), ...(endorsements === undefined ? [] : [endorsements])]
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'accepted'
  } catch (error) {
    if (TresorError.is(error)) return error.code
    throw error
  }
}

const judge = (der: Uint8Array, policy: Policy = policies.tdx): Promise<string> =>
  codeOf(verifyRaTlsCertificate(der, { policy }))

describe('a certificate that is made here', () => {
  test.each([
    ['ccc', 'tdx'],
    ['cmw', 'tdx'],
    ['cmw', 'snp']
  ] as const)(
    'in the format %s with evidence of %s is accepted, with all that a verifier needs',
    async (format, kind) => {
      const { der, cert, notAfter } = await createRaTlsCertificate({ provider: kind === 'tdx' ? tdx : snp, format })
      const verdict = await verifyRaTlsCertificate(der, { policy: policies[kind] })
      expect(verdict).toMatchObject({ kind, format, binding: 'certificate', coversValidity: true })
      expect(verdict.notAfter).toBe(notAfter.toISOString())
      const own = new X509Certificate(cert)
      expect(Buffer.from(verdict.spki)).toEqual(own.publicKey.export({ type: 'spki', format: 'der' }))
      expect(own.verify(own.publicKey)).toBe(true)
    }
  )

  test('has the layout of CCC: tag 60000, a quote, and claims whose hash the quote covers', async () => {
    const { der } = await createRaTlsCertificate({ provider: tdx })
    const certificate = parseCertificate(der)
    const { value = new Uint8Array(), critical } = findExtension(certificate, oids.ccc) ?? {}
    expect([critical, ...value.subarray(0, 4)]).toEqual([false, 0xd9, 0xea, 0x60, 0x82])
    const verdict = await verifyRaTlsCertificate(der, { policy: policies.tdx })
    const start = Buffer.from(value).indexOf('pubkey-hash') - 2
    const claims = value.subarray(start)
    const reportData = Buffer.concat([createHash('sha256').update(claims).digest(), Buffer.alloc(32)])
    expect(verdict.claims.reportData).toBe(reportData.toString('hex'))
    const spkiHash = createHash('sha256').update(certificate.spki).digest()
    expect(
      Buffer.from(claims).includes(Buffer.concat([Buffer.from('5824820158 20'.replace(' ', ''), 'hex'), spkiHash]))
    ).toBe(true)
  })

  test('answers the nonce that it was made for, and no other', async () => {
    for (const format of ['ccc', 'cmw'] as const) {
      const { der } = await createRaTlsCertificate({ provider: tdx, format, nonce })
      const options = { policy: policies.tdx }
      expect((await verifyRaTlsCertificate(der, { ...options, nonce })).kind).toBe('tdx')
      expect(await codeOf(verifyRaTlsCertificate(der, { ...options, nonce: nonce.slice(1) }))).toMatch(
        /BINDING|REPORT_DATA/
      )
    }
    const { der } = await createRaTlsCertificate({ provider: tdx })
    expect(await codeOf(verifyRaTlsCertificate(der, { policy: policies.tdx, nonce }))).toBe('ERR_TLS_BINDING')
  })

  test('is refused under another policy, and as evidence of the simulator by one that does not allow it', async () => {
    const { der } = await createRaTlsCertificate({ provider: tdx })
    expect(await judge(der, policies.snp)).toBe('ERR_POLICY_KIND')
    const { allowSimulator, ...strict } = policies.tdx
    expect(allowSimulator).toBe(true)
    expect(await judge(der, strict)).toBe('ERR_POLICY_SIMULATOR')
  })

  test('is refused outside its dates', async () => {
    const { der, notAfter } = await createRaTlsCertificate({ provider: tdx, lifetimeMs: 60_000 })
    const at = (ms: number) => codeOf(verifyRaTlsCertificate(der, { policy: policies.tdx, clock: () => new Date(ms) }))
    expect(await at(notAfter.getTime())).toBe('accepted')
    expect(await at(notAfter.getTime() + 1000)).toBe('ERR_CERTIFICATE_EXPIRED')
    expect(await at(notAfter.getTime() - 3_600_000)).toBe('ERR_CERTIFICATE_NOT_YET_VALID')
  })

  test('cannot hold evidence of SNP in the format of CCC', async () => {
    expect(await codeOf(createRaTlsCertificate({ provider: snp, format: 'ccc' }))).toBe('ERR_USAGE_OPTION')
  })

  test('that would be too large for TLS is not made', async () => {
    const huge: EvidenceProvider = {
      ...snp,
      collect: async (request) => {
        const evidence = await snp.collect(request)
        return { ...evidence, endorsements: [{ mediaType: 'application/pkix-cert', bytes: new Uint8Array(1 << 16) }] }
      }
    }
    expect(await codeOf(createRaTlsCertificate({ provider: huge }))).toBe('ERR_DEVICE_RESPONSE')
  })
})

describe('a certificate of another maker', () => {
  test('is accepted where its evidence covers its key, and said not to cover its dates', async () => {
    const verdict = await verifyRaTlsCertificate(forge(key, await genuine(claimsOf(key))).der, { policy: policies.tdx })
    expect(verdict).toMatchObject({ coversValidity: false, format: 'ccc' })
  })

  test.each([
    ['SHA-384', 7, 'sha384'],
    ['SHA-512', 8, 'sha512']
  ])('may name its key by %s', async (_, id, name) => {
    const hash = new Uint8Array(createHash(name).update(key.spki).digest())
    const claims = claimsFrom([
      ['pubkey-hash', encodeCbor([id, hash])],
      ['key_0', Uint8Array.of(1)]
    ])
    expect(await judge(forge(key, await genuine(claims)).der)).toBe('accepted')
  })
})

describe('evidence in a certificate is refused', () => {
  const hashOf = (spki: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(spki).digest())

  test.each<[string, () => readonly [string, Uint8Array][], string]>([
    ['about another key', () => [['pubkey-hash', encodeCbor([1, hashOf(makeKey().spki)])]], 'ERR_TLS_BINDING'],
    ['without a claim about the key', () => [['nonce', nonce]], 'ERR_CERTIFICATE_FORMAT'],
    ['with an unknown hash', () => [['pubkey-hash', encodeCbor([2, hashOf(key.spki)])]], 'ERR_CERTIFICATE_FORMAT'],
    ['with a hash cut short', () => [['pubkey-hash', encodeCbor([1, hashOf(key.spki).slice(1)])]], 'ERR_TLS_BINDING'],
    ['with a hash and more', () => [['pubkey-hash', encodeCbor([1, hashOf(key.spki), 1])]], 'ERR_CERTIFICATE_FORMAT'],
    ['with a hash that is no list', () => [['pubkey-hash', encodeCbor(1)]], 'ERR_CERTIFICATE_FORMAT'],
    [
      'for other dates',
      () => [
        ['pubkey-hash', encodeCbor([1, hashOf(key.spki)])],
        ['tresor-validity', encodeCbor([1, 2])]
      ],
      'ERR_TLS_BINDING'
    ]
  ])('%s', async (_, entries, code) => {
    expect(await judge(forge(key, await genuine(claimsFrom(entries()))).der)).toBe(code)
  })

  test('whose report data is of other claims', async () => {
    const [, ...endorsements] = await genuine(claimsOf(key))
    const { bytes } = await quote(claimsOf(makeKey()))
    expect(await judge(forge(key, [ccc(bytes, claimsOf(key)), ...endorsements]).der)).toBe('ERR_POLICY_REPORT_DATA')
  })

  test('whose report data has anything in its upper half', async () => {
    const reportData = claimsReportData(claimsOf(key)).fill(1, 32)
    const { bytes } = await tdx.collect({ reportData })
    const [, ...endorsements] = await genuine(claimsOf(key))
    expect(await judge(forge(key, [ccc(bytes, claimsOf(key)), ...endorsements]).der)).toBe('ERR_POLICY_REPORT_DATA')
  })

  test('that was made for attested TLS or for `attest`', async () => {
    const [, ...endorsements] = await genuine(claimsOf(key))
    const { bytes } = await tdx.collect({ reportData: new Uint8Array(64).fill(3) })
    expect(await judge(forge(key, [ccc(bytes, claimsOf(key)), ...endorsements]).der)).toBe('ERR_POLICY_REPORT_DATA')
  })

  test('of an earlier certificate, put into a new one with later dates by a thief of its key', async () => {
    const own = (dates: typeof validity): Uint8Array => encodeClaims({ spki: key.spki, validity: dates })
    const old = forge(key, await genuine(own(expired)), expired)
    expect(await judge(old.der)).toBe('ERR_CERTIFICATE_EXPIRED')
    expect(await judge(forge(key, await genuine(own(expired)), validity).der)).toBe('ERR_TLS_BINDING')
    const wrapped = cmw(encodeEvidence(await quote(own(expired))))
    expect(await judge(forge(key, [wrapped], validity).der)).toBe('ERR_POLICY_REPORT_DATA')
    expect(await judge(forge(key, await genuine(own(validity)), validity).der)).toBe('accepted')
  })

  test('of another kind than its place says', async () => {
    const { bytes } = await quote(claimsOf(key), snp)
    expect(await judge(forge(key, [ccc(bytes, claimsOf(key))]).der)).toBe('ERR_CERTIFICATE_FORMAT')
  })

  test.each([60_001, 60_002, 0x1a7504, 1_668_546_817])('under the tag %i', async (tag) => {
    const { bytes } = await quote(claimsOf(key))
    expect(await judge(forge(key, [ccc(bytes, claimsOf(key), tag)]).der)).toBe('ERR_CERTIFICATE_FORMAT')
  })

  test('in CBOR that is not in its shortest form, of the extension or of the claims', async () => {
    const claims = claimsOf(key)
    const { bytes } = await quote(claims)
    const loose = concatBytes(Uint8Array.of(0xb8, 1), claims.subarray(1))
    const quoteOverLoose = (await quote(loose)).bytes
    expect(await judge(forge(key, [ccc(quoteOverLoose, loose)]).der)).toBe('ERR_ENCODING_CBOR')
    const tagged = encodeCbor({ tag: 60_000, value: [bytes, claims] })
    const long = concatBytes(Uint8Array.of(0xda, 0, 0), tagged.subarray(1))
    expect(await judge(forge(key, [extension(oids.ccc, long)]).der)).toBe('ERR_ENCODING_CBOR')
    expect(await judge(forge(key, [extension(oids.ccc, concatBytes(tagged, Uint8Array.of(0)))]).der)).toBe(
      'ERR_ENCODING_CBOR'
    )
  })

  test('in two extensions, of one kind or of both', async () => {
    const claims = claimsOf(key)
    const evidence = await quote(claims)
    const twice = ccc(evidence.bytes, claims)
    expect(await judge(forge(key, [twice, twice]).der)).toBe('ERR_ENCODING_DER')
    expect(await judge(forge(key, [twice, cmw(encodeEvidence(evidence))]).der)).toBe('ERR_CERTIFICATE_FORMAT')
  })

  test('in a huge extension', async () => {
    const huge = extension(oids.ccc, new Uint8Array(70_000))
    expect(await judge(forge(key, [huge]).der)).toBe('ERR_ENCODING_DER')
  })

  test('in a CMW that is not what its type says', async () => {
    const evidence = encodeEvidence(await quote(claimsOf(key)))
    expect(await judge(forge(key, [extension(oids.cmw, evidence)]).der)).toBe('ERR_ENCODING_DER')
    const asText = extension(oids.cmw, derUtf8String('not json'))
    expect(await judge(forge(key, [asText]).der)).toBe('ERR_CERTIFICATE_FORMAT')
  })

  test('beside a critical extension that nobody understands', async () => {
    const critical = extension('1.2.3.4', Uint8Array.of(5, 0), true)
    expect(await judge(forge(key, [...(await genuine(claimsOf(key))), critical]).der)).toBe('ERR_CERTIFICATE_USAGE')
  })

  test('in a certificate that its own key has not signed', async () => {
    const { der } = forge(key, await genuine(claimsOf(key)), validity, makeKey())
    expect(await judge(der)).toBe('ERR_CERTIFICATE_SIGNATURE')
  })

  test('with endorsements that are not what they should be', async () => {
    const [evidence] = await genuine(claimsOf(key))
    const other = extension(oids.endorsements, encodeCbor({ tag: 60_000, value: [2] }))
    expect(await judge(forge(key, evidence === undefined ? [] : [evidence, other]).der)).toBe('ERR_CERTIFICATE_FORMAT')
  })

  test('that is not there', async () => {
    expect(await judge(forge(key, []).der)).toBe('ERR_POLICY_UNATTESTED')
  })

  test('after any change of a byte, with a code', async () => {
    const { der } = await createRaTlsCertificate({ provider: snp })
    for (let at = 0; at < der.length; at += 97) {
      const changed = der.slice()
      changed[at] = (changed[at] ?? 0) ^ 0x10
      expect(await judge(changed, policies.snp), `byte ${at}`).toMatch(/^ERR_/)
    }
    for (let length = 0; length < der.length; length += 501) {
      expect(await judge(der.slice(0, length), policies.snp)).toMatch(/^ERR_/)
    }
  })
})
