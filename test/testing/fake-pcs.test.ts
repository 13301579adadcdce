import { expect, test } from 'vitest'
import { parsePem } from '../../packages/sdk/src/encoding/pem.js'
import { answerPcs, fakeIntel } from '../../packages/sdk/src/testing/index.js'

const base = 'https://api.trustedservices.intel.com'
const intel = await fakeIntel()
const { tcbInfo, qeIdentity, crls } = intel.material

test.each([
  ['/sgx/certification/v4/tcb?fmspc=90C06F000000', 'TCB-Info-Issuer-Chain', tcbInfo.sgx],
  ['/tdx/certification/v4/tcb?fmspc=90c06f000000', 'TCB-Info-Issuer-Chain', tcbInfo.tdx],
  ['/sgx/certification/v4/qe/identity', 'SGX-Enclave-Identity-Issuer-Chain', qeIdentity.sgx],
  ['/tdx/certification/v4/qe/identity', 'SGX-Enclave-Identity-Issuer-Chain', qeIdentity.tdx],
  ['/sgx/certification/v4/pckcrl?ca=platform&encoding=der', 'SGX-PCK-CRL-Issuer-Chain', crls.platform],
  ['/sgx/certification/v4/pckcrl?ca=processor&encoding=der', 'SGX-PCK-CRL-Issuer-Chain', crls.processor]
])('answers %s, with the chain of the issuer in its header', (path, header, body) => {
  const { status, headers, body: actual } = answerPcs(intel, base + path)
  expect([status, actual]).toEqual([200, body])
  expect(parsePem(new TextEncoder().encode(decodeURIComponent(headers[header] ?? '')))).toHaveLength(2)
})

test('answers with the list of the root', () => {
  expect(answerPcs(intel, 'https://certificates.trustedservices.intel.com/IntelSGXRootCA.der')).toMatchObject({
    status: 200,
    body: crls.root
  })
})

test.each(['/tdx/certification/v4/tcb?fmspc=50806F000000', '/sgx/certification/v4/pckcrl', '/'])(
  'has nothing at %s',
  (path) => {
    expect(answerPcs(intel, base + path).status).toBe(404)
  }
)
