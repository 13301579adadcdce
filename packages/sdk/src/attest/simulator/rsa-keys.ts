// The RSA keys of the fake vendor. 4096 bits as AMD's, which takes seconds: made once, side by side, off the event loop.
import { generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'

/** Private keys of the fake vendor: its root, and the two that issue chip keys and cloud keys. */
export interface VendorKeys {
  readonly ark: KeyObject
  readonly ask: KeyObject
  readonly asvk: KeyObject
}

export async function createVendorKeys(): Promise<VendorKeys> {
  const [ark, ask, asvk] = await Promise.all([createRsaKey(), createRsaKey(), createRsaKey()])
  return { ark, ask, asvk }
}

export async function createRsaKey(): Promise<KeyObject> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 4096 })
  return privateKey
}
