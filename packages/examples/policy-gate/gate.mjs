// A service that answers only to peers with acceptable evidence. It proves who made the request body; it does not prove who is at
// the other end of the connection: attested TLS does that.
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { appraisalOf, createVerifier } from '@tresor/sdk/verify'

const maxEvidenceBytes = 1 << 20
const nonceLifetimeMs = 60_000
const maxNonces = 10_000

/** An http.Server: `POST /nonce` gives a nonce, `POST /hello?nonce=HEX` with a CMW as its body gives an answer, or 403. */
export function createGate(policy) {
  const verifier = createVerifier({ policy })
  const nonces = new Map()
  return createServer((request, response) => {
    answer(request, { verifier, nonces }).then(
      ({ status, body }) => send(response, status, body),
      (error) => send(response, 400, { error: error.message })
    )
  })
}

async function answer(request, gate) {
  const url = new URL(request.url, 'http://gate')
  if (request.method !== 'POST') return { status: 405, body: { error: 'expected POST' } }
  if (url.pathname === '/nonce') return { status: 200, body: { nonce: issueNonce(gate.nonces) } }
  if (url.pathname !== '/hello') return { status: 404, body: { error: 'not found' } }
  const nonce = takeNonce(gate.nonces, url.searchParams.get('nonce'))
  if (nonce === undefined)
    return { status: 403, body: { code: 'NONCE', reason: 'not a nonce of ours, or used already' } }
  return judge(gate.verifier, await readBody(request), nonce)
}

async function judge(verifier, evidence, nonce) {
  try {
    const { claims } = await verifier.verify(evidence, { nonce })
    return { status: 200, body: { hello: claims.measurement } }
  } catch (error) {
    const failed = appraisalOf(error)?.checks.filter(({ outcome }) => outcome === 'failed') ?? []
    return { status: 403, body: { code: error.code, reason: error.message, failed: failed.map(({ title }) => title) } }
  }
}

function issueNonce(nonces) {
  for (const [nonce, expires] of nonces) if (expires < Date.now() || nonces.size >= maxNonces) nonces.delete(nonce)
  const nonce = randomBytes(32).toString('hex')
  nonces.set(nonce, Date.now() + nonceLifetimeMs)
  return nonce
}

/** A nonce is good for one answer. */
function takeNonce(nonces, text) {
  const expires = nonces.get(text) ?? 0
  nonces.delete(text)
  return expires < Date.now() ? undefined : Buffer.from(text, 'hex')
}

async function readBody(request) {
  const parts = []
  let size = 0
  for await (const part of request) {
    size += part.length
    if (size > maxEvidenceBytes) throw new Error('the evidence is too large')
    parts.push(part)
  }
  return new Uint8Array(Buffer.concat(parts))
}

function send(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
