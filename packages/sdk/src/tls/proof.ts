// How evidence covers one connection: the two tiers, and their form on the wire (docs/attested-tls.md, "Proof").
import { assertNever } from '../core/index.js'
import type { CborMap, CborValue } from '../encoding/index.js'
import { sha256Bytes, sha512Bytes } from './digest.js'
import { FieldReader } from './fields.js'
import { type InclusionPath, maxTreeDepth, maxTreeSize } from './merkle.js'

/**
 * `perConnection`: the evidence covers this very connection. `boundKey`: the evidence covers a signing key, and was made for a nonce
 * of this verifier; the key signs each connection.
 */
export type Tier = 'perConnection' | 'boundKey'

/** The evidence covers the transcript leaf. */
export interface ConnectionProof {
  readonly kind: 'connection'
  readonly inclusion: InclusionPath
}

/** The evidence covers this key, asked for on this connection; the key signs the transcript leaf. */
export interface NewKeyProof {
  readonly kind: 'newKey'
  readonly inclusion: InclusionPath
  /** DER SubjectPublicKeyInfo, on P-256. */
  readonly spki: Uint8Array
  /** ECDSA with SHA-256, r ‖ s. */
  readonly signature: Uint8Array
}

/** A key whose evidence the verifier remembers signs the transcript leaf. */
export interface KnownKeyProof {
  readonly kind: 'knownKey'
  /** SHA-256 of the key's SubjectPublicKeyInfo. */
  readonly keyId: Uint8Array
  readonly signature: Uint8Array
}

export type Proof = ConnectionProof | NewKeyProof | KnownKeyProof

const signatureBytes = 64
const maxSpkiBytes = 256

const kinds = ['connection', 'newKey', 'knownKey'] as const

export function tierOf(proof: Proof): Tier {
  return proof.kind === 'connection' ? 'perConnection' : 'boundKey'
}

export function encodeProof(proof: Proof): CborMap {
  const kind: [number, CborValue] = [1, kinds.indexOf(proof.kind) + 1]
  switch (proof.kind) {
    case 'connection':
      return new Map([kind, ...encodeInclusion(proof.inclusion)])
    case 'newKey':
      return new Map([kind, ...encodeInclusion(proof.inclusion), [5, proof.spki], [6, proof.signature]])
    case 'knownKey':
      return new Map([kind, [6, proof.signature], [7, proof.keyId]])
    default:
      return assertNever(proof)
  }
}

/** @throws EvidenceError ERR_TLS_PROTOCOL */
export function parseProof(map: CborMap): Proof {
  const fields = new FieldReader(map, 'proof')
  const kind = kinds[fields.integer(1, [1, kinds.length], 'kind') - 1] ?? 'connection'
  const proof = readProof(kind, fields)
  fields.end()
  return proof
}

function readProof(kind: Proof['kind'], fields: FieldReader): Proof {
  switch (kind) {
    case 'connection':
      return { kind, inclusion: readInclusion(fields) }
    case 'newKey': {
      const inclusion = readInclusion(fields)
      const spki = fields.bytes(5, [1, maxSpkiBytes], 'key')
      return { kind, inclusion, spki, signature: readSignature(fields) }
    }
    case 'knownKey':
      return { kind, signature: readSignature(fields), keyId: fields.bytes(7, [sha256Bytes, sha256Bytes], 'key id') }
    default:
      return assertNever(kind)
  }
}

function encodeInclusion({ index, size, path }: InclusionPath): [number, CborValue][] {
  return [
    [2, index],
    [3, size],
    [4, path]
  ]
}

function readInclusion(fields: FieldReader): InclusionPath {
  return {
    index: fields.integer(2, [0, maxTreeSize - 1], 'leaf index'),
    size: fields.integer(3, [1, maxTreeSize], 'tree size'),
    path: fields.listOfBytes(4, { maxItems: maxTreeDepth, bytes: sha512Bytes }, 'path')
  }
}

function readSignature(fields: FieldReader): Uint8Array {
  return fields.bytes(6, [signatureBytes, signatureBytes], 'signature')
}
