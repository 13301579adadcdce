// The SGX extension of a PCK certificate, item by item: read whole, or refused with a code.
import { describe, expect, it } from 'vitest'
import { TresorError } from '../../../packages/sdk/src/core/index.js'
import {
  derBoolean,
  derEnumerated,
  derInteger,
  derOctetString,
  derOid,
  derSequence
} from '../../../packages/sdk/src/encoding/index.js'
import { parsePckExtension } from '../../../packages/sdk/src/verify/intel/pck-extension.js'
import type { Certificate } from '../../../packages/sdk/src/x509/index.js'
import { parseCertificates } from '../../../packages/sdk/src/x509/parse-certificates.js'
import { codeOf } from '../../support/coded.js'
import { describeWithVectors, readVector } from '../../support/vectors.js'

const sgxOid = '1.2.840.113741.1.13.1'
type Items = Readonly<Record<string, Uint8Array>>

const item = (arc: string, value: Uint8Array): Uint8Array => derSequence(derOid(`${sgxOid}.${arc}`), value)
const octets = (length: number, value = 1): Uint8Array => derOctetString(new Uint8Array(length).fill(value))
/** Items with changes; an item that is undefined is left out. */
const sequence = (items: Items, changes: Readonly<Record<string, Uint8Array | undefined>>): Uint8Array =>
  derSequence(
    ...Object.entries({ ...items, ...changes }).flatMap(([arc, value]) =>
      value === undefined ? [] : [item(arc, value)]
    )
  )

const components: Items = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`2.${i + 1}`, derInteger(i)]))
const tcbItems: Items = { ...components, '2.17': derInteger(13), '2.18': octets(16) }
const configurationItems: Items = { '7.1': derBoolean(true), '7.2': derBoolean(false), '7.3': derBoolean(true) }
const items: Items = {
  '1': octets(16),
  '2': sequence(tcbItems, {}),
  '3': octets(2, 0),
  '4': derOctetString(Uint8Array.of(0, 0x80, 0x6f, 5, 0, 0)),
  '5': derEnumerated(1),
  '6': octets(16, 6),
  '7': sequence(configurationItems, {})
}
const extensionWith = (changes: Readonly<Record<string, Uint8Array | undefined>>): Uint8Array =>
  sequence(items, changes)
const tcbWith = (changes: Readonly<Record<string, Uint8Array | undefined>>): Uint8Array =>
  extensionWith({ '2': sequence(tcbItems, changes) })
const configurationWith = (changes: Readonly<Record<string, Uint8Array | undefined>>): Uint8Array =>
  extensionWith({ '7': sequence(configurationItems, changes) })

/** As much of a certificate as the parser looks at. */
function certificateWith(value: Uint8Array, oid = sgxOid): Certificate {
  const name = { der: new Uint8Array(0), attributes: [] }
  const part = { subject: name, issuer: name, extensions: [{ oid, critical: false, value }] }
  return part as unknown as Certificate // the rest is not read
}
const read = (value: Uint8Array) => parsePckExtension(certificateWith(value))

describe('the SGX extension', () => {
  it('states platform, versions and configuration', () => {
    expect(read(extensionWith({}))).toEqual({
      ppid: new Uint8Array(16).fill(1),
      sgxComponents: Array.from({ length: 16 }, (_, i) => i),
      pceSvn: 13,
      cpuSvn: new Uint8Array(16).fill(1),
      pceId: '0000',
      fmspc: '00806f050000',
      sgxType: 1,
      platformInstanceId: new Uint8Array(16).fill(6),
      dynamicPlatform: true,
      cachedKeys: false,
      smtEnabled: true
    })
  })

  it('may lack what only the Platform CA states', () => {
    const found = read(extensionWith({ '6': undefined, '7': undefined }))
    expect(Object.keys(found)).not.toEqual(expect.arrayContaining(['platformInstanceId']))
    expect(found.smtEnabled).toBeUndefined()
  })

  it('may state a part of the configuration', () => {
    expect(read(configurationWith({ '7.1': undefined, '7.2': undefined }))).toMatchObject({ smtEnabled: true })
  })

  it('takes the largest SVNs', () => {
    const found = read(tcbWith({ '2.1': derInteger(255), '2.17': derInteger(65_535) }))
    expect([found.sgxComponents[0], found.pceSvn]).toEqual([255, 65_535])
  })
})

describe('a certificate is refused', () => {
  it('without the extension', () => {
    const certificate = certificateWith(extensionWith({}), '1.2.840.113741.1.13.2')
    expect(codeOf(() => parsePckExtension(certificate))).toBe('ERR_CERTIFICATE_FORMAT')
  })

  it.each<[string, Uint8Array]>([
    ...['1', '2', '3', '4', '5'].map((arc): [string, Uint8Array] => [
      `without item ${arc}`,
      extensionWith({ [arc]: undefined })
    ]),
    ...Object.keys(tcbItems).map((arc): [string, Uint8Array] => [`without item ${arc}`, tcbWith({ [arc]: undefined })]),
    ['with a short PPID', extensionWith({ '1': octets(15) })],
    ['with a long PPID', extensionWith({ '1': octets(17) })],
    ['with a PPID of another type', extensionWith({ '1': derInteger(1) })],
    ['with versions of another type', extensionWith({ '2': octets(16) })],
    ['with empty versions', extensionWith({ '2': derSequence() })],
    ['with a short PCE id', extensionWith({ '3': octets(1) })],
    ['with a long PCE id', extensionWith({ '3': octets(3) })],
    ['with a short FMSPC', extensionWith({ '4': octets(5) })],
    ['with a long FMSPC', extensionWith({ '4': octets(7) })],
    ['with an unknown SGX type', extensionWith({ '5': derEnumerated(3) })],
    ['with a negative SGX type', extensionWith({ '5': derEnumerated(-1) })],
    ['with an SGX type that is an INTEGER', extensionWith({ '5': derInteger(1) })],
    ['with an instance id of another type', extensionWith({ '6': derBoolean(true) })],
    ['with a short instance id', extensionWith({ '6': octets(15) })],
    ['with an empty instance id', extensionWith({ '6': octets(0) })],
    ['with a configuration of another type', extensionWith({ '7': derBoolean(true) })],
    ['with a flag that is an INTEGER', configurationWith({ '7.3': derInteger(1) })],
    ['with a flag that is neither', configurationWith({ '7.2': Uint8Array.of(1, 1, 1) })],
    ['with a component SVN of 256', tcbWith({ '2.4': derInteger(256) })],
    ['with a negative component SVN', tcbWith({ '2.4': derInteger(-1) })],
    ['with a component SVN of another type', tcbWith({ '2.16': octets(1) })],
    ['with a PCESVN of 65536', tcbWith({ '2.17': derInteger(65_536) })],
    ['with a short CPUSVN', tcbWith({ '2.18': octets(15) })],
    ['with a long CPUSVN', tcbWith({ '2.18': octets(17) })],
    [
      'with an item twice',
      derSequence(...Object.entries({ ...items }).map(([arc, value]) => item(arc, value)), item('4', octets(6)))
    ],
    ['with an item that is not below', derSequence(derSequence(derOid('1.2.840.113741.1.14.1'), octets(16)))],
    ['with an item two arcs below', extensionWith({ '1.1': octets(16) })],
    ['with an item of the versions outside of them', extensionWith({ '2.1': derInteger(1) })],
    ['with an item without a value', derSequence(derSequence(derOid(`${sgxOid}.1`)))],
    ['with a byte behind', Uint8Array.from([...extensionWith({}), 0])],
    ['with two values in an item', extensionWith({ '4': Uint8Array.from([...octets(6), ...octets(6, 2)]) })],
    [
      'with two flags in an item',
      configurationWith({ '7.1': Uint8Array.from([...derBoolean(true), ...derBoolean(false)]) })
    ],
    ['that is empty', new Uint8Array(0)],
    ['that is no SEQUENCE', octets(16)],
    ['with an empty SEQUENCE', derSequence()]
  ])('%s', (_, value) => {
    expect(codeOf(() => read(value))).toBe('ERR_CERTIFICATE_FORMAT')
  })

  it('wherever it is cut, and with any byte changed it is refused or read, never worse', () => {
    const good = extensionWith({})
    for (let length = 0; length < good.length; length++) {
      expect(codeOf(() => read(good.slice(0, length)))).toBe('ERR_CERTIFICATE_FORMAT')
    }
    for (let at = 0; at < good.length; at++) {
      for (const flip of [0x01, 0x80, 0xff]) codeOf(() => read(good.with(at, (good[at] ?? 0) ^ flip)))
    }
  })

  it('with the cause', () => {
    try {
      read(extensionWith({ '4': undefined }))
      expect.unreachable()
    } catch (error) {
      expect(TresorError.is(error) && error.cause).toMatchObject({ code: 'ERR_ENCODING_DER' })
    }
  })
})

describeWithVectors('the SGX extension of a real certificate', () => {
  it.each(['tdx', 'sgx'])('is read, that of the %s sample', (tee) => {
    const [leaf] = parseCertificates(readVector(`${tee}/intel-qvl-sample/pckCert.pem`))
    if (leaf === undefined) throw new Error('no certificate in the file')
    expect(parsePckExtension(leaf).fmspc).toMatch(/^[0-9a-f]{12}$/)
  })
})
