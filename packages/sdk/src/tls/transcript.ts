// What a party's evidence, or the key in its evidence, must cover of one connection (docs/attested-tls.md, "Transcript leaf").
import { utf8 } from '../core/index.js'
import { sha256, sha512OfFields } from './digest.js'

export type Role = 'server' | 'client'

/** Everything that tells one connection, direction and freshness from any other. */
export interface Transcript {
  /** Whose leaf it is. Different roles make different leaves: nobody's evidence can be sent back to them. */
  readonly role: Role
  /** The ALPN identifier as negotiated, for example `tresor1+h2`. */
  readonly alpn: string
  /** SHA-256 of the SubjectPublicKeyInfo of the sender's TLS certificate; empty for clients, which have none. */
  readonly certificateKey: Uint8Array
  /** 32 bytes exported from this TLS session with the peer's nonce as the context. */
  readonly exported: Uint8Array
  /** 32 bytes that the peer, who will verify, has made for this connection. */
  readonly peerNonce: Uint8Array
}

/** Label of the TLS exporter (RFC 8446 §7.5). */
export const exporterLabel = 'EXPORTER-tresor-atls-1'
export const exportedBytes = 32
export const nonceBytes = 32

const leafTag = utf8('tresor-atls/1')
const keyTag = utf8('tresor-atls/1 key')
const signatureTag = utf8('tresor-atls/1 signature')
const batchTag = utf8('tresor-atls/1 batch')

/** Claims beside the evidence have their place in the leaf; this version makes none. */
const noClaims = sha256(new Uint8Array(0))

/** 64 bytes: the transcript leaf. */
export function transcriptLeaf({ role, alpn, certificateKey, exported, peerNonce }: Transcript): Uint8Array {
  return sha512OfFields(leafTag, utf8(role), utf8(alpn), certificateKey, exported, peerNonce, noClaims)
}

/**
 * 64 bytes that evidence for a signing key covers. The leaf of the connection on which the evidence was asked for is part of it:
 * whoever stole the key, but has no TEE, cannot have evidence for it made for a victim's connection.
 */
export function keyLeaf(role: Role, nonce: Uint8Array, spki: Uint8Array, leaf: Uint8Array): Uint8Array {
  return sha512OfFields(keyTag, utf8(role), nonce, spki, leaf)
}

/** What a bound key signs for a connection: 64 bytes. */
export function signedDigest(leaf: Uint8Array): Uint8Array {
  return sha512OfFields(signatureTag, leaf)
}

/** The report data of evidence for a whole batch: 64 bytes. */
export function batchReportData(root: Uint8Array): Uint8Array {
  return sha512OfFields(batchTag, root)
}
