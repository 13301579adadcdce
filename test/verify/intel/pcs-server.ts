// Intel's certification service, or a caching service in its place, on a loopback port: real HTTP, real sockets. It answers properly,
// or misbehaves.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { toHex, utf8 } from '../../../packages/sdk/src/core/index.js'
import { encodePem } from '../../../packages/sdk/src/encoding/pem.js'
import type { PcsAnswer } from '../../../packages/sdk/src/testing/index.js'
import { readVector } from '../../support/vectors-files.js'
import type { Behaviour } from '../collateral/kds-server.js'

/** What is answered to a path and query. */
export type Answers = (path: string) => PcsAnswer

export interface PcsServer {
  readonly url: string
  /** Both services at this address. */
  readonly services: Readonly<Record<string, string>>
  /** Path and query of each request. */
  readonly requests: string[]
  /** How it answers properly from now on. */
  answers: Answers
  /** How it answers from now on; `undefined`: properly. */
  behaviour: Behaviour | undefined
  stop(): Promise<void>
}

export async function startPcs(answers: Answers): Promise<PcsServer> {
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    pcs.requests.push(path)
    if (pcs.behaviour !== undefined) return pcs.behaviour(request, response)
    const { status, headers, body } = pcs.answers(path)
    return void response.writeHead(status, { ...headers, 'content-length': body.length }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const pcs: PcsServer = {
    url,
    services: { 'intel-pcs': url, 'intel-root-crl': url },
    requests: [],
    answers,
    behaviour: undefined,
    stop: () => stop(server)
  }
  return pcs
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

/** A caching service over another: lists in hex, that of the root among them, and paths of one version of the API. */
export function asPccs(answers: Answers, api: 'v3' | 'v4' = 'v4'): Answers {
  return (path) => {
    if (!path.startsWith('/sgx/certification/') && !path.startsWith('/tdx/certification/')) return missing
    if (!path.includes(`/certification/${api}/`)) return missing
    if (path === `/sgx/certification/${api}/rootcacrl`) return inHex(answers('/IntelSGXRootCA.der'))
    const answer = answers(path.replace(`/${api}/`, '/v4/'))
    if (path.includes('/pckcrl')) return inHex(answer)
    return api === 'v3' ? withHeadersOfV3(answer) : answer
  }
}

const missing: PcsAnswer = { status: 404, headers: {}, body: new Uint8Array(0) }

function inHex(answer: PcsAnswer): PcsAnswer {
  return { ...answer, headers: { ...answer.headers, 'Content-Type': 'text/plain' }, body: utf8(toHex(answer.body)) }
}

function withHeadersOfV3(answer: PcsAnswer): PcsAnswer {
  const { 'TCB-Info-Issuer-Chain': chain, ...others } = answer.headers
  return { ...answer, headers: chain === undefined ? others : { ...others, 'SGX-TCB-Info-Issuer-Chain': chain } }
}

/** A real quote, and what Intel's service answered for its platform in those days. */
export const realQuote = { file: 'tdx/gcp-cos113-v4.bin', at: new Date('2024-12-17T00:50:00Z') } as const

export function realAnswers(path: string): PcsAnswer {
  switch (path) {
    case '/tdx/certification/v4/tcb?fmspc=00806F050000':
      return signed('tcbinfo-tdx-00806f050000-2024-12-05-e17-e9ea.json', 'TCB-Info-Issuer-Chain')
    case '/tdx/certification/v4/qe/identity':
      return signed('qeidentity-td_qe-2024-12-05-e17-59fa.json', 'SGX-Enclave-Identity-Issuer-Chain')
    case '/sgx/certification/v4/pckcrl?ca=platform&encoding=der':
      return {
        status: 200,
        headers: { ...crlHeaders, 'SGX-PCK-CRL-Issuer-Chain': chainOf('intel-pck-platform-ca', 'intel-sgx-root-ca') },
        body: readVector('collateral/crl-pck-platform-2024-11-28.der')
      }
    case '/IntelSGXRootCA.der':
      return { status: 200, headers: crlHeaders, body: readVector('collateral/crl-root-ca-2024-03-20.der') }
    default:
      return missing
  }
}

const crlHeaders = { 'Content-Type': 'application/pkix-crl' }

function signed(file: string, header: string): PcsAnswer {
  const chain = chainOf('intel-tcb-signing-2018-to-2033', 'intel-sgx-root-ca')
  return {
    status: 200,
    headers: { 'Content-Type': 'application/json', [header]: chain },
    body: readVector(`collateral/${file}`)
  }
}

function chainOf(...names: readonly string[]): string {
  return encodeURIComponent(names.map((name) => encodePem('CERTIFICATE', readVector(`certs/${name}.der`))).join(''))
}
