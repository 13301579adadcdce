// Intel's provisioning certification service for a fake vendor, as a function of the URL, for tests of what asks it.
// Intel SGX and TDX Provisioning Certification Service API v4.
import { encodeChain } from '../attest/simulator/intel/index.js'
import { toHex } from '../core/index.js'
import type { FakeIntel } from './fake-intel.js'

export interface PcsAnswer {
  readonly status: 200 | 404
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

const notFound: PcsAnswer = { status: 404, headers: {}, body: new Uint8Array(0) }

/** What the service, and the place of the root's list, answer to GET `url`; the host does not matter. */
export function answerPcs(intel: FakeIntel, url: string): PcsAnswer {
  const { pathname, searchParams } = new URL(url)
  const { crls, tcbInfo, qeIdentity } = intel.material
  const tee = pathname.startsWith('/tdx/') ? 'tdx' : 'sgx'
  switch (pathname.replace(/^\/(sgx|tdx)\/certification\/v4/, '')) {
    case '/tcb':
      return isFmspc(intel, searchParams.get('fmspc')) ? signed(intel, 'TCB-Info-Issuer-Chain', tcbInfo[tee]) : notFound
    case '/qe/identity':
      return signed(intel, 'SGX-Enclave-Identity-Issuer-Chain', qeIdentity[tee])
    case '/pckcrl':
      return answerPckCrl(intel, searchParams.get('ca'))
    case '/pckcert':
      return answerPckCertificate(intel, searchParams)
    case '/IntelSGXRootCA.der':
      return answer('application/pkix-crl', crls.root)
    default:
      return notFound
  }
}

function isFmspc({ platform }: FakeIntel, fmspc: string | null): boolean {
  return fmspc?.toLowerCase() === toHex(platform.fmspc)
}

function answerPckCrl({ material }: FakeIntel, ca: string | null): PcsAnswer {
  if (ca !== 'platform' && ca !== 'processor') return notFound
  const { root, platformCa, processorCa } = material.certificates
  const chain = [ca === 'platform' ? platformCa : processorCa, root]
  return answer('application/pkix-crl', material.crls[ca], { 'SGX-PCK-CRL-Issuer-Chain': encodeHeader(chain) })
}

/** PPIDs of the fake vendor are encrypted by what stands behind them. A service that caches is asked by the id of the quoting enclave, too. */
function answerPckCertificate({ platform, material }: FakeIntel, query: URLSearchParams): PcsAnswer {
  const ppid = toHex(platform.ppid)
  const isAskedByPpid = query.get('encrypted_ppid')?.length === 768 && query.get('encrypted_ppid')?.startsWith(ppid)
  const isAskedByEnclave = query.get('qeid') === '00'.repeat(16)
  const isOfPlatform = query.get('cpusvn') === toHex(platform.cpuSvn) && query.get('pceid') === toHex(platform.pceId)
  if (!(isAskedByPpid === true || isAskedByEnclave) || !isOfPlatform) return notFound
  const { pck, platformCa, processorCa, root } = material.certificates
  const chain = [platform.ca === 'platform' ? platformCa : processorCa, root]
  const headers = { 'SGX-PCK-Certificate-Issuer-Chain': encodeHeader(chain) }
  return answer('application/x-pem-file', encodeChain([pck]), headers)
}

function signed({ material }: FakeIntel, header: string, body: Uint8Array): PcsAnswer {
  const { tcbSigning, root } = material.certificates
  return answer('application/json', body, { [header]: encodeHeader([tcbSigning, root]) })
}

function answer(contentType: string, body: Uint8Array, headers: PcsAnswer['headers'] = {}): PcsAnswer {
  return { status: 200, headers: { 'Content-Type': contentType, ...headers }, body }
}

/** PEM, signer first, URL-encoded. */
function encodeHeader(chain: readonly Uint8Array[]): string {
  return encodeURIComponent(new TextDecoder().decode(encodeChain(chain)))
}
