// A keyring of fixed keys: what the store needs of one, and nothing of key sources.
import { createHash } from 'node:crypto'
import { SealError } from '../../../packages/sdk/src/core/index.js'
import { createObjectSealer } from '../../../packages/sdk/src/seal/format/cobblestone/index.js'
import type { Keyring } from '../../../packages/sdk/src/seal/keyring/keyring.js'

/** Its bytes name the store and the epochs; the keys follow from the secret. */
export function fakeKeyring(storeId: Uint8Array, epochs: readonly number[] = [1], secret = 'secret'): Keyring {
  const bytes = () =>
    Buffer.from(JSON.stringify({ store: Buffer.from(storeId).toString('hex'), epochs, secret: hashOf(secret) }))
  const epoch = epochs.at(-1) ?? 1
  const none = () => {
    throw new Error('not part of the fake')
  }
  return {
    storeId,
    suite: 'cobblestone-256',
    epoch,
    epochs,
    commitment: createHash('sha256').update(`${secret} commitment`).digest(),
    bytes: () => new Uint8Array(bytes()),
    digest: () => new Uint8Array(createHash('sha256').update(bytes()).digest()),
    slots: () => [],
    async sealer(wanted) {
      if (!epochs.includes(wanted)) throw new SealError('ERR_SEALED_NO_KEY', 'keyring: no such epoch')
      return createObjectSealer({ key: keyOf(secret, wanted), epoch: wanted, storeId })
    },
    derive: async () => none(),
    addSlot: async () => none(),
    removeSlot: async () => none(),
    rotate: async () => fakeKeyring(storeId, [...epochs, epoch + 1], secret),
    dropEpochs: async (below) =>
      fakeKeyring(
        storeId,
        epochs.filter((one) => one >= below),
        secret
      ),
    handoff: async () => none(),
    assertSucceeds: async (previous) => {
      if (previous.epoch > epoch) throw new SealError('ERR_SEALED_ROLLBACK', 'keyring: it does not follow')
    },
    wipe: () => undefined
  }
}

/** Refuses another store's keyring, and another secret's. */
export async function unlockFake(bytes: Uint8Array, storeId: Uint8Array, secret = 'secret'): Promise<Keyring> {
  const read = readFake(bytes)
  if (read.store !== Buffer.from(storeId).toString('hex')) {
    throw new SealError('ERR_SEALED_KEY', 'keyring: it is of another store')
  }
  if (read.secret !== hashOf(secret)) throw new SealError('ERR_SEALED_NO_KEY', 'keyring: no source opens it')
  return fakeKeyring(storeId, read.epochs, secret)
}

function readFake(bytes: Uint8Array): { store: string; epochs: number[]; secret: string } {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as { store: string; epochs: number[]; secret: string } // ours
  } catch {
    throw new SealError('ERR_SEALED_FORMAT', 'keyring: malformed')
  }
}

function keyOf(secret: string, epoch: number): Uint8Array {
  return new Uint8Array(createHash('sha256').update(`${secret} ${epoch}`).digest())
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}
