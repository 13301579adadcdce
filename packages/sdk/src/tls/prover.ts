// The side that proves itself: makes a proof for one connection in the tier that was agreed on.
import type { Batcher } from './batch.js'
import { type BoundKey, createBoundKey } from './bound-key.js'
import type { Proof, Tier } from './proof.js'
import { keyLeaf, type Role } from './transcript.js'

export interface ProofRequest {
  readonly role: Role
  readonly tier: Tier
  /** The transcript leaf of the connection. */
  readonly leaf: Uint8Array
  /** The verifier's nonce. */
  readonly nonce: Uint8Array
  /** The verifier remembers the evidence for our key. */
  readonly knowsKey: boolean
  /** Its signal ends the waiting for the device. It is asked for only where there is such a waiting: signals cost time. */
  readonly wait: { readonly signal: AbortSignal }
}

/** A proof, with the evidence unless the verifier has it. */
export interface Proven {
  readonly proof: Proof
  readonly cmw?: Uint8Array
}

export interface Prover {
  readonly tiers: readonly Tier[]
  /** The id of the signing key of this process. */
  readonly keyId: Uint8Array
  /** @throws UnavailableError as `Batcher.prove` */
  prove(request: ProofRequest): Promise<Proven>
}

export function createProver(batcher: Batcher, tiers: readonly Tier[]): Prover {
  const key = createBoundKey()
  return {
    tiers,
    keyId: key.id,
    prove: (request) => {
      if (request.tier === 'perConnection') return proveConnection(batcher, request)
      return request.knowsKey ? Promise.resolve(proveByKnownKey(key, request)) : proveByNewKey(batcher, key, request)
    }
  }
}

async function proveConnection(batcher: Batcher, { leaf, wait }: ProofRequest): Promise<Proven> {
  const { cmw, ...inclusion } = await batcher.prove(leaf, wait.signal)
  return { cmw, proof: { kind: 'connection', inclusion } }
}

async function proveByNewKey(batcher: Batcher, key: BoundKey, request: ProofRequest): Promise<Proven> {
  const { role, nonce, leaf, wait } = request
  const { cmw, ...inclusion } = await batcher.prove(keyLeaf(role, nonce, key.spki, leaf), wait.signal)
  return { cmw, proof: { kind: 'newKey', inclusion, spki: key.spki, signature: key.sign(leaf) } }
}

function proveByKnownKey(key: BoundKey, { leaf }: ProofRequest): Proven {
  return { proof: { kind: 'knownKey', keyId: key.id, signature: key.sign(leaf) } }
}
