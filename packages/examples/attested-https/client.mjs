// Talks to a server that this policy accepts, and to nothing else: client.mjs URL POLICY
import { readFile } from 'node:fs/promises'
import { createFetch } from '@tresor/sdk/tls/fetch'
import { parsePolicy } from '@tresor/sdk/verify'

const [url, file] = process.argv.slice(2)
const fetch = createFetch({ policy: parsePolicy(await readFile(file, 'utf8')), trust: 'evidence-only' })
const response = await fetch(url)
console.log(`${await response.text()}: ${response.attestation.kind} ${response.attestation.claims.measurement}`)
await fetch.close()
