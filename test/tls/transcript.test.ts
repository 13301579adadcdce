import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { toHex } from '../../packages/sdk/src/core/index.js'
import {
  batchReportData,
  keyLeaf,
  signedDigest,
  type Transcript,
  transcriptLeaf
} from '../../packages/sdk/src/tls/transcript.js'

const transcript: Transcript = {
  role: 'server',
  alpn: 'tresor1+h2',
  certificateKey: new Uint8Array(32).fill(1),
  exported: new Uint8Array(32).fill(2),
  peerNonce: new Uint8Array(32).fill(3)
}

describe('a transcript leaf', () => {
  test('is the hash of every field with its length', () => {
    const fields = ['tresor-atls/1', 'server', 'tresor1+h2'].map((text) => Buffer.from(text))
    const noClaims = createHash('sha256').digest()
    expect(transcriptLeaf(transcript)).toEqual(
      hashFields(...fields, Buffer.alloc(32, 1), Buffer.alloc(32, 2), Buffer.alloc(32, 3), noClaims)
    )
  })

  test.each<[string, Partial<Transcript>]>([
    ['role', { role: 'client' }],
    ['ALPN', { alpn: 'tresor1+raw' }],
    ['certificate', { certificateKey: new Uint8Array(32) }],
    ['absence of a certificate', { certificateKey: new Uint8Array(0) }],
    ['session', { exported: new Uint8Array(32) }],
    ['nonce', { peerNonce: new Uint8Array(32) }]
  ])('differs with the %s', (_, change) => {
    expect(transcriptLeaf({ ...transcript, ...change })).not.toEqual(transcriptLeaf(transcript))
  })

  test('differs where the same bytes are divided into other fields', () => {
    const moved = {
      ...transcript,
      certificateKey: new Uint8Array(64).fill(1, 0, 32).fill(2, 32),
      exported: new Uint8Array(0)
    }
    expect(transcriptLeaf(moved)).not.toEqual(transcriptLeaf(transcript))
  })
})

describe('what a device or a key signs', () => {
  const leaf = transcriptLeaf(transcript)
  const nonce = new Uint8Array(32).fill(4)
  const spki = new Uint8Array(91).fill(5)

  test('carries the tag of its purpose', () => {
    expect(batchReportData(leaf)).toEqual(hashFields(Buffer.from('tresor-atls/1 batch'), leaf))
    expect(signedDigest(leaf)).toEqual(hashFields(Buffer.from('tresor-atls/1 signature'), leaf))
    expect(keyLeaf('client', nonce, spki, leaf)).toEqual(
      hashFields(Buffer.from('tresor-atls/1 key'), Buffer.from('client'), nonce, spki, leaf)
    )
  })

  test('is never the same for two purposes', () => {
    const all = [leaf, batchReportData(leaf), signedDigest(leaf), keyLeaf('server', nonce, spki, leaf)].map(toHex)
    expect(new Set(all).size).toBe(all.length)
  })
})

function hashFields(...fields: readonly Uint8Array[]): Uint8Array {
  const sha = createHash('sha512')
  for (const field of fields) {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(field.length)
    sha.update(length).update(field)
  }
  return new Uint8Array(sha.digest())
}
