import { describe, expect, it } from 'vitest'
import { concatBytes, utf8 } from '../../packages/sdk/src/core/index.js'
import { encodeEvidence } from '../../packages/sdk/src/evidence/cmw/encode-evidence.js'
import { encodeSnpCertificateTable, identify } from '../../packages/sdk/src/evidence/index.js'
import { snpCertificateGuids } from '../../packages/sdk/src/evidence/snp/certificate-table.js'
import { reportBytes } from '../support/snp-report.js'
import { describeWithVectors, readVector } from '../support/vectors.js'

const evidence = { kind: 'snp', bytes: reportBytes(), endorsements: [] } as const

describe('identify', () => {
  it.each([
    ['a report', reportBytes(), { what: 'evidence', kind: 'snp' }],
    ['a CMW in CBOR', encodeEvidence(evidence), { what: 'cmw', format: 'cbor' }],
    ['a CMW in JSON', encodeEvidence(evidence, { format: 'json' }), { what: 'cmw', format: 'json' }],
    ['PEM', utf8('-----BEGIN CERTIFICATE-----'), { what: 'pem' }],
    ['a certificate table', table(), { what: 'snp-certificate-table' }],
    ['TCB info', utf8('{"tcbInfo":{}}'), { what: 'signed-collateral' }],
    ['a QE identity', utf8(' { "enclaveIdentity" : {}}'), { what: 'signed-collateral' }],
    ['TCB info behind its chain', utf8('-----END CERTIFICATE-----\n{"tcbInfo":{}}'), { what: 'signed-collateral' }],
    ['JSON behind PEM that is no collateral', utf8('-----END CERTIFICATE-----\n{"tcb":{}}'), { what: 'pem' }],
    ['JSON that only mentions TCB info', utf8('{"a":"tcbInfo"}'), { what: 'cmw', format: 'json' }],
    ['an event log', concatBytes(new Uint8Array(32), utf8('Spec ID Event03\0')), { what: 'event-log' }],
    ['half a header of an event log', concatBytes(new Uint8Array(32), utf8('Spec ID')), undefined],
    ['the ACPI table before an event log', utf8('CCEL'), { what: 'ccel-table' }],
    ['half the name of that table', utf8('CCE'), undefined],
    ['text', utf8('hello'), undefined],
    ['nothing', new Uint8Array(), undefined],
    ['half a DER header', Uint8Array.of(0x30, 0x82), undefined]
  ])('knows %s', (_, bytes, expected) => {
    expect(identify(bytes)).toEqual(expected)
  })
})

describeWithVectors('identify, on real files', () => {
  it.each([
    ['snp/milan/aws-vlek-milan-v2.bin', { what: 'evidence', kind: 'snp' }],
    ['snp/genoa/veraison-auxblob.bin', { what: 'snp-certificate-table' }],
    ['snp/milan/gcp-milan-v5.vcek.der', { what: 'certificate' }],
    ['certs/amd-milan-vcek-chain.pem', { what: 'pem' }],
    ['collateral/tcbinfo-tdx-00806f050000-2024-12-05-e17-e9ea.json', { what: 'signed-collateral' }],
    ['tdx/ccel-gcp-cos113.bin', { what: 'event-log' }],
    ['tdx/phala-v4.bin', { what: 'evidence', kind: 'tdx' }],
    ['collateral/crl-root-ca-2025-03-20.der', { what: 'certificate-list' }]
  ])('knows %s', (path, expected) => {
    expect(identify(readVector(path))).toEqual(expected)
  })
})

function table(): Uint8Array {
  return encodeSnpCertificateTable([{ guid: snpCertificateGuids.VCEK, bytes: Uint8Array.of(0x30) }])
}
