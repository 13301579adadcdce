// Uses a keyring in every way, wipes it, and looks for its keys in its own memory and heap. Prints what it found as JSON. With `plant` it
// keeps one key where it must be found.
import { mkdtempSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { writeHeapSnapshot } from 'node:v8'
import { memory } from '@tresor/native'
import { createKeyring, openKeyring } from '../../../packages/sdk/src/seal/keyring/index.js'
import {
  createRecoveryKey,
  customKey,
  passphrase,
  recoveryIdentity,
  recoveryKey,
  teeKey
} from '../../../packages/sdk/src/seal/keys/index.js'
import { Scanner } from './scanner.js'

const scanner = new Scanner()
const mode = process.argv[2] ?? ''
const planted: unknown[] = []

/** Whatever was in locked memory is a secret; what it was is known when it is wiped. */
const { wipe } = memory
Object.assign(memory, {
  wipe: (handle: Parameters<typeof wipe>[0]) => {
    const { kind, size } = memory.info(handle)
    if (kind !== 'wiped' && size >= 16) scanner.remember(`locked memory of ${size} bytes`, memory.read(handle))
    wipe(handle)
  }
})

await useKeys()
for (let i = 0; i < 6; i++) {
  globalThis.gc?.()
  await delay(10)
}
const folder = mkdtempSync(join(tmpdir(), 'tresor-memory-'))
const { findings, bytes } = scanner.scanMemory()
const heap = scanner.scanFile(writeHeapSnapshot(join(folder, 'heap')))
rmSync(folder, { recursive: true })
writeSync(1, JSON.stringify({ secrets: scanner.count, bytes, findings, heap, planted: planted.length }))

async function useKeys(): Promise<void> {
  const storeId = new Uint8Array(16).fill(3)
  const suite = 'cobblestone-256'
  const { recipient, identity } = await createRecoveryKey()
  const tee = teeKey(fakeTee(), { bind: 'exact' })
  const phrase = passphrase('a passphrase of this test', { logN: 14 })
  const made = await createKeyring({ storeId, suite, keys: [tee, phrase, recoveryKey(recipient), spy()] })
  const rotated = await made.rotate()
  const removed = await rotated.removeSlot(rotated.slots().at(-1)?.id ?? storeId)
  for (const key of [tee, phrase, recoveryIdentity(identity)]) {
    const opened = await openKeyring(removed.bytes(), { storeId, suite, keys: [key] })
    for (const epoch of opened.epochs) await useSealer(await opened.sealer(epoch), storeId, epoch)
    scanner.remember('a derived key', await opened.derive(opened.epoch, 'other'))
    opened.wipe()
  }
  for (const keyring of [made, rotated, removed]) keyring.wipe()
}

type Sealer = Awaited<ReturnType<Awaited<ReturnType<typeof openKeyring>>['sealer']>>

async function useSealer(sealer: Sealer, storeId: Uint8Array, epoch: number): Promise<void> {
  const identity = { storeId, objectId: new Uint8Array(16), generation: 1n, epoch, kind: 'value' } as const
  sealer.open(identity, sealer.seal(identity, new Uint8Array(40_000)))
  const writer = sealer.createWriter(identity)
  const sealed = Buffer.concat([await writer.update(new Uint8Array(100_000)), await writer.finish()])
  const reader = await sealer.openReader(identity, {
    length: sealed.length,
    read: async (offset, length) => new Uint8Array(sealed.subarray(offset, offset + length))
  })
  await reader.read(70_000, 100)
  reader.close()
  sealer.wipe()
}

/** A chip whose one key is never in this process but while it is asked for. */
function fakeTee() {
  return {
    kind: 'snp',
    name: 'fake',
    simulated: false,
    deriveKey: async () => {
      const key = new Uint8Array(new ArrayBuffer(32))
      for (let i = 0; i < 32; i++) key[i] = (i * 7 + process.pid) & 255
      const copy = new Uint8Array(new ArrayBuffer(32))
      copy.set(key)
      scanner.remember('the key of the TEE', copy)
      return key
    }
  }
}

/** Sees the secret of a slot as every source does, and keeps it where it should not when it is told to. */
function spy() {
  return customKey({
    name: 'spy',
    survival: 'durable',
    wrap: async (key) => {
      const copy = new Uint8Array(new ArrayBuffer(32))
      copy.set(key)
      if (mode === 'plant') planted.push(new Uint8Array(key), Buffer.from(key).toString('hex'))
      scanner.remember('the secret of a slot', copy)
      return new Uint8Array(32)
    },
    unwrap: async () => undefined
  })
}
