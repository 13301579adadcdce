// PostgreSQL as Debian ships it, behind an attested server: the ordinary client pg reaches it over attested connections only.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { attest, simulator } from '@tresor/sdk/attest'
import { attestedConfig } from '@tresor/sdk/tls/pg'
import { createServer } from '@tresor/sdk/tls/raw'
import { authenticate, policyFrom } from '@tresor/sdk/verify'
import pg from 'pg'
import { startPostgres } from './postgres.mjs'

const tee = simulator({ directory: new URL('../.tresor/simulator', import.meta.url).pathname })
const sample = await attest(tee, { nonce: randomBytes(32) })
const policy = policyFrom(await authenticate(sample, { allowSimulator: true }))

// The database listens on a Unix socket only; whoever wants in must come through here.
const database = await startPostgres()
const server = createServer({ attestation: { provider: tee }, allowHalfOpen: true }, (socket) => {
  const inner = connect({ path: database.path, allowHalfOpen: true })
  socket.pipe(inner).pipe(socket)
  socket.on('error', () => inner.destroy()).on('close', () => inner.destroy())
  inner.on('error', () => socket.destroy())
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address()
const target = { host: '127.0.0.1', port, user: 'shop', database: 'postgres' }

const pool = new pg.Pool({ ...target, ...attestedConfig({ policy, trust: 'evidence-only' }) })
const { rows } = await pool.query("select 'hello from ' || split_part(version(), ' ', 1) as greeting")
console.log(rows[0].greeting)
await pool.end()

const plain = await new pg.Client({ ...target, ssl: { rejectUnauthorized: false } }).connect().then(
  () => 'was served',
  () => 'got nowhere'
)
console.log(`a client without attestation ${plain}`)
server.close()
await database.stop()
process.exitCode = plain === 'got nowhere' ? 0 : 1
