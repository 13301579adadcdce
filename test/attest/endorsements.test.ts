import { expect, test } from 'vitest'
import { readCertificateTable } from '../../packages/sdk/src/attest/snp/endorsements.js'
import { utf8 } from '../../packages/sdk/src/core/index.js'
import { encodePem } from '../../packages/sdk/src/encoding/pem.js'
import { encodeSnpCertificateTable } from '../../packages/sdk/src/evidence/index.js'
import { snpCertificateGuids } from '../../packages/sdk/src/evidence/snp/certificate-table.js'
import { fakeAmd } from '../../packages/sdk/src/testing/index.js'

const guids = snpCertificateGuids
const certificates = fakeAmd().then((amd) => amd.certificates)

test('takes PEM for DER, and several certificates from one entry', async () => {
  const { leaf, ask, ark } = await certificates
  const chain = utf8(encodePem('CERTIFICATE', ask) + encodePem('CERTIFICATE', ark))
  const table = encodeSnpCertificateTable([
    { guid: guids.VCEK, bytes: utf8(encodePem('CERTIFICATE', leaf)) },
    { guid: guids.ASK, bytes: chain }
  ])
  const { endorsements, problems } = readCertificateTable(table)
  expect(endorsements.map(({ bytes }) => bytes)).toEqual([leaf, ask, ark])
  expect(problems).toEqual([])
})

test('leaves out what is no certificate, and keeps the rest', async () => {
  const { leaf, ark } = await certificates
  const table = encodeSnpCertificateTable([
    { guid: guids.VCEK, bytes: leaf },
    { guid: guids.ASK, bytes: utf8('nonsense') },
    { guid: guids.ARK, bytes: ark }
  ])
  const { endorsements, problems } = readCertificateTable(table)
  expect(endorsements.map(({ bytes }) => bytes)).toEqual([leaf, ark])
  expect(problems).toEqual([expect.stringMatching(/^ASK: /)])
})

test('ignores entries that are no certificates', () => {
  const table = encodeSnpCertificateTable([{ guid: 'ecae0c0f-9502-43b1-afa2-0ae2e0d565b6', bytes: utf8('platform') }])
  expect(readCertificateTable(table)).toEqual({ endorsements: [], problems: [] })
})

test('says what is wrong with a table that cannot be read at all', () => {
  expect(readCertificateTable(new Uint8Array(30).fill(1))).toEqual({
    endorsements: [],
    problems: [expect.stringContaining('SNP certificate table')]
  })
})
