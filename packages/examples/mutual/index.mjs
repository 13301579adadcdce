// A server that answers attested clients only. The client checks the server, the server checks the client, on one connection.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { attest, simulator } from '@tresor/sdk/attest'
import { createFetch } from '@tresor/sdk/tls/fetch'
import { createServer } from '@tresor/sdk/tls/https'
import { authenticate, policyFrom } from '@tresor/sdk/verify'

const directory = new URL('../.tresor/simulator', import.meta.url).pathname
const shop = simulator({ directory })
const bank = simulator({ directory, measurement: new Uint8Array(48).fill(7) })
const shopPolicy = await pin(shop)
const bankPolicy = await pin(bank)

const server = createServer({ attestation: { provider: bank, clients: shopPolicy } }, (req, res) =>
  res.end(`welcome, ${req.attestation.claims.measurement.slice(0, 8)}`)
)
server.on('attestationError', (error) => console.log(`  the bank refused a client: ${error.code}`))
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `https://127.0.0.1:${server.address().port}/`

const outcomes = [
  await visit('the shop', { provider: shop }),
  await visit('nobody in particular', {}),
  await visit('another image', { provider: bank })
]
server.close()
process.exitCode = outcomes.join() === 'true,false,false' ? 0 : 1

async function visit(who, options) {
  const fetch = createFetch({ policy: bankPolicy, trust: 'evidence-only', ...options })
  try {
    const response = await fetch(url)
    console.log(`${who}: ${await response.text()}`)
    return true
  } catch (error) {
    console.log(`${who}: ${error.code}`)
    return false
  } finally {
    await fetch.close()
  }
}

async function pin(tee) {
  const sample = await attest(tee, { nonce: randomBytes(32) })
  return policyFrom(await authenticate(sample, { allowSimulator: true }))
}
