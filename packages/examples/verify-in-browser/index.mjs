// Serves the page, the SDK as it was built, and evidence for the nonce that a page chose. No bundler: an import map is enough.
import { createReadStream, existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { attest, simulator } from '@tresor/sdk/attest'
import { authenticate, policyFrom } from '@tresor/sdk/verify'

const here = import.meta.dirname
const sdk = dirname(fileURLToPath(import.meta.resolve('@tresor/sdk/package.json')))
const requireOfSdk = createRequire(join(sdk, 'package.json'))
const tee = simulator({ directory: join(here, '../.tresor/simulator') })
const sample = await attest(tee, { nonce: new Uint8Array(32) })
const policy = policyFrom(await authenticate(sample, { allowSimulator: true }))

const server = createServer((request, response) => {
  respond(request, response).catch((error) => {
    response.writeHead(400, { 'content-type': 'text/plain' }).end(error.message)
  })
})
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  console.log(`open http://127.0.0.1:${server.address().port}/`)
})

async function respond(request, response) {
  const { pathname } = new URL(request.url, 'http://localhost')
  if (pathname === '/policy.json')
    return response.writeHead(200, { 'content-type': types['.json'] }).end(JSON.stringify(policy))
  if (pathname === '/evidence')
    return response.writeHead(200).end(await attest(tee, { nonce: await readNonce(request) }))
  const file = fileOf(pathname)
  if (file === undefined || !existsSync(file)) return response.writeHead(404).end('not found')
  response.writeHead(200, { 'content-type': types[extname(file)] })
  createReadStream(file).pipe(response)
}

const types = { '.html': 'text/html', '.js': 'text/javascript', '.json': 'application/json' }

/** Scripts of the SDK and of the packages that it names, and our own two files. */
function fileOf(pathname) {
  const path = normalize(pathname)
  if (path === '/') return join(here, 'index.html')
  if (path === '/page.js') return join(here, 'page.js')
  if (path.startsWith('/sdk/') && path.endsWith('.js')) return join(sdk, 'dist', path.slice('/sdk/'.length))
  const noble = /^\/modules\/(@noble\/(?:curves|hashes|ciphers)\/[\w./-]+\.js)$/.exec(path)?.[1]
  if (noble !== undefined) return requireOfSdk.resolve(noble)
  const cbor = /^\/modules\/cbor-x\/([\w-]+\.js)$/.exec(path)?.[1]
  return cbor === undefined ? undefined : join(dirname(requireOfSdk.resolve('cbor-x/package.json')), cbor)
}

async function readNonce(request) {
  const parts = []
  let size = 0
  for await (const part of request) {
    size += part.length
    if (size > 1024) throw new Error('the nonce is too long')
    parts.push(part)
  }
  return new Uint8Array(Buffer.concat(parts))
}
