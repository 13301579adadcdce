import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { concatBytes, type ErrorCode, fromHex } from '../../packages/sdk/src/core/index.js'
import {
  derBitString,
  derBoolean,
  derEnumerated,
  derExplicit,
  derIa5String,
  derInteger,
  derNull,
  derOctetString,
  derOid,
  derSequence,
  derSet,
  derTime,
  encodeDer
} from '../../packages/sdk/src/encoding/index.js'
import { encodePem } from '../../packages/sdk/src/encoding/pem.js'
import {
  buildName,
  type Certificate,
  findExtension,
  type KeyUsage,
  keyUsageExtension,
  labelOf,
  nameOf,
  parseCertificate,
  parseKeyAlgorithm
} from '../../packages/sdk/src/x509/index.js'
import { parseCertificates } from '../../packages/sdk/src/x509/parse-certificates.js'
import { parseCrl } from '../../packages/sdk/src/x509/parse-crl.js'
import { bitFlips, codeOf, cutsAndAppends, expectRefusal } from '../encoding/refusal.js'
import { describeWithVectors, readVector } from '../support/vectors.js'
import { caExtensions, createEcKey, createRsaKey, issue, type Key, name, revoke } from './hierarchy.js'

let key: Key
let rsaKey: Key

beforeAll(async () => {
  key = await createEcKey()
  rsaKey = await createRsaKey()
})

const ecdsaSha384 = derSequence(derOid('1.2.840.10045.4.3.3'))
const version3 = derExplicit(0, derInteger(2))
const subject = name('Subject')
const validity = derSequence(derTime(new Date('2026-01-01T00:00:00Z')), derTime(new Date('2027-01-01T00:00:00Z')))
const spki = derSequence(
  derSequence(derOid('1.2.840.10045.2.1'), derOid('1.3.132.0.34')),
  derBitString(new Uint8Array(97))
)

interface Parts {
  readonly version: Uint8Array
  readonly serial: Uint8Array
  readonly algorithm: Uint8Array
  readonly outerAlgorithm: Uint8Array
  readonly issuer: Uint8Array
  readonly validity: Uint8Array
  readonly subject: Uint8Array
  readonly spki: Uint8Array
  readonly rest: Uint8Array
}

/** A certificate of raw parts, with a signature that is none: parsing does not verify. */
function assemble(changes: Partial<Parts> = {}): Uint8Array {
  const algorithm = changes.algorithm ?? ecdsaSha384
  const parts = {
    version: version3,
    serial: derInteger(1),
    algorithm,
    outerAlgorithm: algorithm,
    issuer: subject,
    validity,
    subject,
    spki,
    rest: new Uint8Array(),
    ...changes
  }
  const tbs = derSequence(
    parts.version,
    parts.serial,
    parts.algorithm,
    parts.issuer,
    parts.validity,
    parts.subject,
    parts.spki,
    parts.rest
  )
  return derSequence(tbs, parts.outerAlgorithm, derBitString(Uint8Array.of(1)))
}

const extensions = (...list: readonly Uint8Array[]) => derExplicit(3, derSequence(...list))
const extension = (oid: string, value: Uint8Array, critical?: boolean) =>
  derSequence(derOid(oid), ...(critical === undefined ? [] : [derBoolean(critical)]), derOctetString(value))
const manyExtensions = (count: number) => Array.from({ length: count }, (_, i) => extension(`1.2.3.${i}`, derNull()))

describe('parseCertificate', () => {
  it('reads what the builder wrote', async () => {
    const notAfter = new Date('9999-12-31T23:59:59Z')
    const template = { serialNumber: fromHex('00ff01'), extensions: caExtensions(3), notAfter }
    const certificate = await issue('Subject', key, 'Issuer', rsaKey, template)
    expect(certificate).toMatchObject({
      serialNumber: fromHex('00ff01'),
      notAfter,
      spki: key.spki,
      signatureAlgorithm: { kind: 'rsa-pss', hash: 'sha384', saltLength: 48 },
      basicConstraints: { ca: true, pathLength: 3 },
      keyUsage: ['keyCertSign', 'cRLSign']
    })
    expect(certificate.issuer.der).toEqual(name('Issuer'))
    expect(nameOf(certificate, 'commonName')).toBe('Subject')
    expect(nameOf(certificate, 'countryName')).toBeUndefined()
    expect(findExtension(certificate, '2.5.29.19')?.critical).toBe(true)
  })

  it('takes the least certificate: no extensions, an explicit critical FALSE, serial number zero', () => {
    expect(parseCertificate(assemble()).extensions).toEqual([])
    expect(parseCertificate(assemble({ serial: derInteger(0) })).serialNumber).toEqual(Uint8Array.of(0))
    const rest = extensions(extension('1.2.3', Uint8Array.of(1), false))
    expect(parseCertificate(assemble({ rest })).extensions).toEqual([
      { oid: '1.2.3', critical: false, value: Uint8Array.of(1) }
    ])
  })

  const pkcs1 = (...parameters: readonly Uint8Array[]) => derSequence(derOid('1.2.840.113549.1.1.11'), ...parameters)
  const sha = (hash: string, ...parameters: readonly Uint8Array[]) => derSequence(derOid(hash), ...parameters)
  const sha256 = sha('2.16.840.1.101.3.4.2.1', derNull())
  const sha384 = sha('2.16.840.1.101.3.4.2.2', derNull())
  const mgf1 = (hash: Uint8Array, oid = '1.2.840.113549.1.1.8') => derExplicit(1, derSequence(derOid(oid), hash))
  const pss = (...parameters: readonly Uint8Array[]) =>
    derSequence(derOid('1.2.840.113549.1.1.10'), derSequence(...parameters))
  const salt = derExplicit(2, derInteger(48))

  it.each([
    ['ECDSA with NULL', derSequence(derOid('1.2.840.10045.4.3.2'), derNull()), { kind: 'ecdsa', hash: 'sha256' }],
    ['PKCS #1', pkcs1(derNull()), { kind: 'rsa-pkcs1', hash: 'sha256' }],
    [
      'PSS with a default trailer spelled out',
      pss(derExplicit(0, sha384), mgf1(sha384), salt, derExplicit(3, derInteger(1))),
      { kind: 'rsa-pss', hash: 'sha384', saltLength: 48 }
    ],
    [
      'PSS without NULL in the hash',
      pss(derExplicit(0, sha('2.16.840.1.101.3.4.2.3')), mgf1(sha('2.16.840.1.101.3.4.2.3')), salt),
      { kind: 'rsa-pss', hash: 'sha512', saltLength: 48 }
    ],
    [
      'PSS with the default salt',
      pss(derExplicit(0, sha256), mgf1(sha256)),
      { kind: 'rsa-pss', hash: 'sha256', saltLength: 20 }
    ]
  ])('reads the signature algorithm %s', (_, algorithm, expected) => {
    expect(parseCertificate(assemble({ algorithm })).signatureAlgorithm).toEqual(expected)
  })

  it.each<[string, Uint8Array, ErrorCode]>([
    ['ECDSA with SHA-1', derSequence(derOid('1.2.840.10045.4.1')), 'ERR_CERTIFICATE_FORMAT'],
    ['ECDSA with SHA-224', derSequence(derOid('1.2.840.10045.4.3.1')), 'ERR_CERTIFICATE_FORMAT'],
    ['PKCS #1 with SHA-1', derSequence(derOid('1.2.840.113549.1.1.5'), derNull()), 'ERR_CERTIFICATE_FORMAT'],
    ['Ed25519', derSequence(derOid('1.3.101.112')), 'ERR_CERTIFICATE_FORMAT'],
    ['ECDSA with parameters', derSequence(derOid('1.2.840.10045.4.3.3'), derInteger(1)), 'ERR_ENCODING_DER'],
    ['PKCS #1 without parameters', pkcs1(), 'ERR_ENCODING_DER'],
    ['PSS without parameters', derSequence(derOid('1.2.840.113549.1.1.10')), 'ERR_ENCODING_DER'],
    ['PSS on the default hash, SHA-1', pss(salt), 'ERR_CERTIFICATE_FORMAT'],
    ['PSS on the default mask, SHA-1', pss(derExplicit(0, sha384), salt), 'ERR_CERTIFICATE_FORMAT'],
    ['PSS with a mask on another hash', pss(derExplicit(0, sha384), mgf1(sha256), salt), 'ERR_CERTIFICATE_FORMAT'],
    [
      'PSS with another mask function',
      pss(derExplicit(0, sha384), mgf1(sha384, '1.2.3'), salt),
      'ERR_CERTIFICATE_FORMAT'
    ],
    [
      'PSS with another trailer',
      pss(derExplicit(0, sha384), mgf1(sha384), salt, derExplicit(3, derInteger(2))),
      'ERR_CERTIFICATE_FORMAT'
    ],
    [
      'PSS with a negative salt',
      pss(derExplicit(0, sha384), mgf1(sha384), derExplicit(2, derInteger(-1))),
      'ERR_ENCODING_DER'
    ],
    [
      'PSS with a fifth parameter',
      pss(derExplicit(0, sha384), mgf1(sha384), salt, derExplicit(4, derInteger(1))),
      'ERR_ENCODING_DER'
    ]
  ])('refuses the signature algorithm %s', (_, algorithm, code) => {
    expectRefusal(() => parseCertificate(assemble({ algorithm })), code)
  })

  it.each<[string, Partial<Parts>, ErrorCode]>([
    ['version 1', { version: new Uint8Array() }, 'ERR_CERTIFICATE_FORMAT'],
    ['version 2', { version: derExplicit(0, derInteger(1)) }, 'ERR_CERTIFICATE_FORMAT'],
    ['version 4', { version: derExplicit(0, derInteger(3)) }, 'ERR_CERTIFICATE_FORMAT'],
    ['a negative serial number', { serial: derInteger(-5) }, 'ERR_CERTIFICATE_FORMAT'],
    ['a serial number of 22 bytes', { serial: derInteger(new Uint8Array(22).fill(1)) }, 'ERR_CERTIFICATE_FORMAT'],
    ['two different algorithms', { outerAlgorithm: pkcs1(derNull()) }, 'ERR_CERTIFICATE_FORMAT'],
    ['no issuer', { issuer: derSequence() }, 'ERR_CERTIFICATE_FORMAT'],
    ['an empty relative name', { subject: derSequence(derSet()) }, 'ERR_ENCODING_DER'],
    [
      'a name whose value is no string',
      { subject: derSequence(derSet(derSequence(derOid('2.5.4.3'), derInteger(1)))) },
      'ERR_ENCODING_DER'
    ],
    [
      'a time without seconds',
      { validity: derSequence(encodeDer(0x17, new TextEncoder().encode('2601010000Z')), derTime(new Date(0))) },
      'ERR_ENCODING_DER'
    ],
    [
      'a third time',
      { validity: derSequence(derTime(new Date(0)), derTime(new Date(0)), derTime(new Date(0))) },
      'ERR_ENCODING_DER'
    ],
    ['unique identifiers', { rest: encodeDer(0x81, Uint8Array.of(0)) }, 'ERR_ENCODING_DER'],
    [
      'an extension twice',
      { rest: extensions(extension('1.2.3', derNull()), extension('1.2.3', derNull())) },
      'ERR_ENCODING_DER'
    ],
    ['more than 64 extensions', { rest: extensions(...manyExtensions(65)) }, 'ERR_ENCODING_DER'],
    ['two lists of extensions', { rest: derExplicit(3, derSequence(), derSequence()) }, 'ERR_ENCODING_DER'],
    ['something after the extensions', { rest: concatBytes(extensions(), derNull()) }, 'ERR_ENCODING_DER'],
    ['key usage without content', { rest: extensions(extension('2.5.29.15', Uint8Array.of())) }, 'ERR_ENCODING_DER'],
    [
      'key usage with an unknown bit',
      { rest: extensions(extension('2.5.29.15', derBitString(Uint8Array.of(0, 0x40), 6))) },
      'ERR_ENCODING_DER'
    ],
    [
      'key usage with bytes after it',
      { rest: extensions(extension('2.5.29.15', fromHex('0302078000'))) },
      'ERR_ENCODING_DER'
    ],
    [
      'a negative path length',
      { rest: extensions(extension('2.5.29.19', derSequence(derBoolean(true), derInteger(-1)))) },
      'ERR_ENCODING_DER'
    ],
    [
      'basic constraints with a third field',
      { rest: extensions(extension('2.5.29.19', derSequence(derBoolean(true), derInteger(1), derNull()))) },
      'ERR_ENCODING_DER'
    ]
  ])('refuses %s', (_, changes, code) => {
    expectRefusal(() => parseCertificate(assemble(changes)), code)
  })

  it('takes 64 extensions', () => {
    expect(parseCertificate(assemble({ rest: extensions(...manyExtensions(64)) })).extensions).toHaveLength(64)
  })

  it('refuses more than 64 KiB', () => {
    const rest = extensions(extension('1.2.3', new Uint8Array(1 << 16)))
    expectRefusal(() => parseCertificate(assemble({ rest })), 'ERR_ENCODING_DER')
  })

  it('names nothing by an attribute that occurs twice, and prints names safely', () => {
    const twice = (...values: readonly string[]) =>
      derSequence(...values.map((value) => derSet(derSequence(derOid('2.5.4.3'), derIa5String(value)))))
    const certificate = parseCertificate(assemble({ subject: twice('ARK-Milan', '\u001b[31mother') }))
    expect(nameOf(certificate, 'commonName')).toBeUndefined()
    expect(labelOf(parseCertificate(assemble({ subject: twice('\u001b[31m\nx'.padEnd(100, 'y')) })))).toBe(
      `?[31m?x${'y'.repeat(57)}`
    )
    expect(labelOf(parseCertificate(assemble({ subject: derSequence() })))).toBe('(no common name)')
    expect(nameOf(parseCertificate(assemble({ subject: buildName({ countryName: 'DE' }) })), 'countryName')).toBe('DE')
  })

  it('reads every key usage alone and all together', () => {
    const uses: readonly KeyUsage[] = [
      'digitalSignature',
      'nonRepudiation',
      'keyEncipherment',
      'dataEncipherment',
      'keyAgreement',
      'keyCertSign',
      'cRLSign',
      'encipherOnly',
      'decipherOnly'
    ]
    const read = (...some: readonly KeyUsage[]) =>
      parseCertificate(assemble({ rest: extensions(extension('2.5.29.15', keyUsageExtension(...some).value)) }))
        .keyUsage
    for (const use of uses) expect(read(use)).toEqual([use])
    expect(read(...uses)).toEqual(uses)
    expectRefusal(() => keyUsageExtension(), 'ERR_USAGE_OPTION')
  })

  it('takes key usage bits that DER would drop, as AMD writes them', () => {
    const rest = extensions(extension('2.5.29.15', fromHex('03020004')))
    expect(parseCertificate(assemble({ rest })).keyUsage).toEqual(['keyCertSign'])
  })

  it('refuses every cut and every byte more, and survives every flipped bit with a value or a coded error', async () => {
    const { der } = await issue('Subject', key, 'Issuer', rsaKey, { extensions: caExtensions(0) })
    for (const changed of cutsAndAppends(der)) expect(codeOf(() => parseCertificate(changed))).toBeDefined()
    for (const flipped of bitFlips(der)) codeOf(() => parseCertificate(flipped))
  })

  it('is total', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void codeOf(() => parseCertificate(bytes))))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        codeOf(() => parseCertificate(assemble({ rest: extensions(extension('2.5.29.19', bytes)) })))
        codeOf(() => parseCertificate(assemble({ subject: encodeDer(0x30, bytes) })))
        codeOf(() => parseCertificate(assemble({ algorithm: encodeDer(0x30, bytes) })))
        codeOf(() => parseKeyAlgorithm(encodeDer(0x30, bytes)))
      })
    )
  })
})

describe('parseCertificates', () => {
  it('takes PEM and DER by the first byte', () => {
    const der = assemble()
    expect(parseCertificates(der)).toHaveLength(1)
    const pem = new TextEncoder().encode(encodePem('CERTIFICATE', der).repeat(2))
    expect(parseCertificates(pem).map((certificate: Certificate) => certificate.der)).toEqual([der, der])
  })

  it('refuses neither, nothing, and PEM of something else', () => {
    expectRefusal(() => parseCertificates(new Uint8Array()), 'ERR_ENCODING_DER')
    expectRefusal(() => parseCertificates(new TextEncoder().encode('<html>')), 'ERR_ENCODING_DER')
    expectRefusal(() => parseCertificates(new TextEncoder().encode(encodePem('PUBLIC KEY', spki))), 'ERR_ENCODING_PEM')
  })
})

describe('parseKeyAlgorithm', () => {
  it('knows RSA, P-256 and P-384, and refuses the rest', async () => {
    expect(parseKeyAlgorithm(key.spki)).toEqual({ kind: 'ec', curve: 'P-384' })
    expect(parseKeyAlgorithm(rsaKey.spki)).toEqual({ kind: 'rsa' })
    expect(parseKeyAlgorithm((await createEcKey('P-256')).spki)).toEqual({ kind: 'ec', curve: 'P-256' })
    const p521 = derSequence(derSequence(derOid('1.2.840.10045.2.1'), derOid('1.3.132.0.35')))
    expectRefusal(() => parseKeyAlgorithm(p521), 'ERR_CERTIFICATE_FORMAT')
    expectRefusal(() => parseKeyAlgorithm(derSequence(derSequence(derOid('1.3.101.112')))), 'ERR_CERTIFICATE_FORMAT')
  })
})

describe('parseCrl', () => {
  const time = derTime(new Date('2026-01-01T00:00:00Z'))
  const assembleCrl = (...tbs: readonly Uint8Array[]) =>
    derSequence(derSequence(...tbs), ecdsaSha384, derBitString(Uint8Array.of(1)))
  const entry = (...list: readonly Uint8Array[]) =>
    derSequence(derSequence(derInteger(5), time, ...(list.length === 0 ? [] : [derSequence(...list)])))
  const listExtensions = (...list: readonly Uint8Array[]) => derExplicit(0, derSequence(...list))
  const start = [derInteger(1), ecdsaSha384, subject, time, time]

  it('reads what the builder wrote', async () => {
    const crl = await revoke('Root', rsaKey, [5, 70000])
    expect(crl.revoked.map(({ serialNumber }) => serialNumber)).toEqual([Uint8Array.of(5), fromHex('011170')])
    expect(crl).toMatchObject({ crlNumber: 1n, signatureAlgorithm: rsaKey.signatureAlgorithm })
  })

  it('reads version 1, a missing end, reasons and empty lists', () => {
    expect(parseCrl(assembleCrl(ecdsaSha384, subject, time)).nextUpdate).toBeUndefined()
    const reason = extension('2.5.29.21', derEnumerated(6))
    expect(parseCrl(assembleCrl(...start, entry(reason))).revoked).toMatchObject([{ reason: 6 }])
    expect(parseCrl(assembleCrl(...start, derSequence())).revoked).toEqual([])
  })

  it.each<[string, readonly Uint8Array[], ErrorCode]>([
    ['version 3', [derInteger(2), ecdsaSha384, subject, time], 'ERR_ENCODING_DER'],
    ['extensions in version 1', [ecdsaSha384, subject, time, listExtensions()], 'ERR_ENCODING_DER'],
    [
      'two different algorithms',
      [derInteger(1), derSequence(derOid('1.2.840.10045.4.3.2')), subject, time],
      'ERR_CRL_FORMAT'
    ],
    ['a delta list', [...start, listExtensions(extension('2.5.29.27', derInteger(1), true))], 'ERR_CRL_FORMAT'],
    ['a delta list that hides it', [...start, listExtensions(extension('2.5.29.27', derInteger(1)))], 'ERR_CRL_FORMAT'],
    ['a partial list', [...start, listExtensions(extension('2.5.29.28', derSequence(), true))], 'ERR_CRL_FORMAT'],
    [
      'an unknown critical extension',
      [...start, listExtensions(extension('1.2.3', derNull(), true))],
      'ERR_CRL_FORMAT'
    ],
    ['an entry of another issuer', [...start, entry(extension('2.5.29.29', derSequence(), true))], 'ERR_CRL_FORMAT'],
    ['an unknown reason', [...start, entry(extension('2.5.29.21', derEnumerated(11)))], 'ERR_ENCODING_DER'],
    ['a number that is none', [...start, listExtensions(extension('2.5.29.20', derNull()))], 'ERR_ENCODING_DER'],
    ['no time', [derInteger(1), ecdsaSha384, subject], 'ERR_ENCODING_DER'],
    [
      'an extension twice',
      [...start, listExtensions(extension('1.2.3', derNull()), extension('1.2.3', derNull()))],
      'ERR_ENCODING_DER'
    ]
  ])('refuses %s', (_, tbs, code) => expectRefusal(() => parseCrl(assembleCrl(...tbs)), code))

  it('refuses an unknown algorithm', () => {
    const unknown = derSequence(derOid('1.3.101.112'))
    const crl = derSequence(derSequence(derInteger(1), unknown, subject, time), unknown, derBitString(Uint8Array.of(1)))
    expectRefusal(() => parseCrl(crl), 'ERR_CRL_FORMAT')
  })

  it('refuses every cut and every byte more, and survives every flipped bit', async () => {
    const { der } = await revoke('Root', key, [1, 2])
    for (const changed of cutsAndAppends(der)) expect(codeOf(() => parseCrl(changed))).toBeDefined()
    for (const flipped of bitFlips(der)) codeOf(() => parseCrl(flipped))
  })
})

describeWithVectors('real certificates and lists, damaged', () => {
  it.each(['certs/amd-turin-vcek-only.der', 'certs/intel-sgx-root-ca.der', 'certs/nvidia-device-root.der'])(
    '%s: refuses every cut, survives every flipped bit',
    (path) => {
      const der = readVector(path)
      for (const changed of cutsAndAppends(der)) expect(codeOf(() => parseCertificate(changed))).toBeDefined()
      for (const flipped of bitFlips(der)) codeOf(() => parseCertificate(flipped))
    }
  )

  it('a list of Intel: refuses every cut, survives flipped bits', () => {
    const der = readVector('collateral/crl-pck-platform-2026-07-23.der')
    for (const changed of cutsAndAppends(der)) expect(codeOf(() => parseCrl(changed))).toBeDefined()
    for (const flipped of bitFlips(der, 7)) codeOf(() => parseCrl(flipped))
  })
})
