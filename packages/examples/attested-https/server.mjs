// An https server in a TEE. On a real guest: const tee = await detect()
import { simulator } from '@tresor/sdk/attest'
import { createServer } from '@tresor/sdk/tls/https'

const tee = simulator({ directory: new URL('../.tresor/simulator', import.meta.url).pathname })
const server = createServer({ attestation: { provider: tee } }, (_, res) => res.end('hello from inside'))
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  console.log(`https://127.0.0.1:${server.address().port}/`)
})
