// Bulk encryption in chunks of 16 KiB against one message of a mebibyte: what cutting costs.
import { loadAead } from '../../packages/sdk/src/native/index.js'
import { loadEvpLimit } from './evp-limit.js'
import type { Note } from './jobs.js'
import { measureRounds } from './rounds.js'
import { controlRow, type Row, ratioRow } from './row.js'

const bytes = 1 << 20
const run = { first: 0, isLast: false }

export async function aeadRows(note: Note): Promise<readonly Row[]> {
  const [aead, limit] = [await loadAead(), loadEvpLimit()]
  if (typeof limit === 'string' || aead.name !== 'addon') {
    note(`skipped: bulk AEAD: ${typeof limit === 'string' ? limit : aead.obstacle}`)
    return []
  }
  const { cipher } = aead.deriveChunks(new Uint8Array(32), new Uint8Array(0), new Uint8Array(24))
  const [plaintext, output] = [aead.allocate(bytes).fill(5), aead.allocate(bytes)]
  const target = aead.allocate(bytes + (bytes / 16_384) * 16)
  const sealed = cipher.seal(plaintext, run)
  const times = await measureRounds(
    [
      { name: 'limit', run: () => limit(true, plaintext, output) },
      { name: 'again', run: () => limit(true, plaintext, output) },
      { name: 'encrypt', run: () => cipher.sealInto(target, plaintext, run) },
      { name: 'limit of decryption', run: () => limit(false, plaintext, output) },
      { name: 'decrypt', run: () => cipher.openInto(output, { ...run, sealed }, 0) }
    ],
    { rounds: 200, block: 20 }
  )
  const [baseline = [], again = [], encrypt = [], opposite = [], decrypt = []] = [...times.values()]
  note(`limit: ${(bytes / Math.min(...baseline)).toFixed(0)} MB/s`)
  return [
    controlRow(baseline, again),
    ratioRow({ name: 'bulk AEAD, 16 KiB chunks, encrypt, of EVP', target: 0.78, better: 'higher' }, baseline, encrypt),
    ratioRow({ name: 'bulk AEAD, 16 KiB chunks, decrypt, of EVP', target: 0.72, better: 'higher' }, opposite, decrypt)
  ]
}
