// Puts and gets one record in a directory, over and over, and reports what it met. Arguments: directory, number of the process, rounds.
import { directoryStore } from '../../../packages/sdk/src/verify/node/index.js'
import { workTogether } from '../../support/processes.js'

const [path = '', id = '0', rounds = '1'] = process.argv.slice(2)
const store = directoryStore(path)

await workTogether(async () => {
  const found = { own: 0, others: 0, missing: 0, broken: 0 }
  for (let round = 0; round < Number(rounds); round++) {
    await store.put('shared', {
      bytes: new Uint8Array(50_000 + Number(id)).fill(Number(id)),
      fetchedAt: new Date(round)
    })
    found[await look()]++
  }
  await store.put(`own-${id}`, { bytes: new Uint8Array([Number(id)]), fetchedAt: new Date(0) })
  return found
})

/** Each writer has its own byte and its own length, so that a mixture is seen. */
async function look(): Promise<'own' | 'others' | 'missing' | 'broken'> {
  const record = await store.get('shared')
  if (record === undefined) return 'missing'
  const [writer = -1] = record.bytes
  if (record.bytes.length !== 50_000 + writer || record.bytes.some((byte) => byte !== writer)) return 'broken'
  return writer === Number(id) ? 'own' : 'others'
}
