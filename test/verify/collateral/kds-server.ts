// A key distribution service on a loopback port: real HTTP, real sockets. It serves one fake platform properly, or misbehaves.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { encodePem } from '../../../packages/sdk/src/encoding/pem.js'
import type { FakeAmd } from '../../../packages/sdk/src/testing/index.js'

export type Behaviour = (request: IncomingMessage, response: ServerResponse) => void

export interface KdsServer {
  readonly url: string
  /** Path and query of each request. */
  readonly requests: string[]
  /** How it answers from now on; `undefined`: properly. */
  behaviour: Behaviour | undefined
  /** Settles when the connection of the request being answered has gone. */
  readonly closed: Promise<void>[]
  stop(): Promise<void>
}

export async function startKds(amd: FakeAmd): Promise<KdsServer> {
  const server = createServer((request, response) => {
    kds.requests.push(request.url ?? '')
    kds.closed.push(new Promise((resolve) => response.once('close', resolve)))
    const answer = kds.behaviour ?? ((_, properly) => serve(amd, request.url ?? '', properly))
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const kds: KdsServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    behaviour: undefined,
    closed: [],
    stop: () => stop(server)
  }
  return kds
}

/** As the real service: VCEK in DER, chain in PEM with the intermediate first, list in DER. */
function serve({ certificates }: FakeAmd, url: string, response: ServerResponse): void {
  const { pathname } = new URL(url, 'http://kds')
  const [, family = '', , , what = ''] = pathname.split('/')
  const isVcek = family === 'vcek'
  const chain = [isVcek ? certificates.ask : certificates.asvk, certificates.ark]
  if (what === 'cert_chain') {
    send(response, 'application/x-pem-file', Buffer.from(chain.map((der) => encodePem('CERTIFICATE', der)).join('')))
  } else if (what === 'crl') send(response, 'application/pkix-crl', certificates.crl)
  else send(response, 'application/pkix-cert', certificates.leaf)
}

export function send(response: ServerResponse, type: string, body: Uint8Array): void {
  response.writeHead(200, { 'content-type': type, 'content-length': body.length }).end(body)
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
