// The published vectors are what the code computes; and what they say holds without our code, where node:crypto can say so.
import { createHash, createPublicKey, verify } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fromHex } from '../../packages/sdk/src/core/index.js'
import { parseMessage } from '../../packages/sdk/src/tls/messages.js'
import { verifyRaTlsCertificate } from '../../packages/sdk/src/tls/ra-tls/index.js'
import { tlsVectors } from '../vectors/tls/generate.js'
import { readCertificateVectors, writeCertificateVectors } from '../vectors/tls/ra-tls.js'

const folder = join(import.meta.dirname, '..', 'vectors', 'tls')
const vectors = Object.entries(tlsVectors())

if (process.env.TRESOR_WRITE_VECTORS === '1') {
  for (const [name, value] of vectors) writeFileSync(join(folder, name), `${JSON.stringify(value, null, 2)}\n`)
}

if (process.env.TRESOR_WRITE_VECTORS === 'certificates') await writeCertificateVectors()

describe('the vectors of attested TLS', () => {
  test.each(readCertificateVectors())(
    'have a certificate in $format with evidence of $kind that is accepted',
    async (vector) => {
      const { certificate, policy, at, format, kind } = vector
      const clock = () => new Date(at)
      const verdict = await verifyRaTlsCertificate(fromHex(certificate), { policy, clock })
      expect(verdict).toMatchObject({ format, kind, coversValidity: true })
      const later = () => new Date(Date.parse(at) + 7_200_000)
      await expect(verifyRaTlsCertificate(fromHex(certificate), { policy, clock: later })).rejects.toMatchObject({
        code: 'ERR_CERTIFICATE_EXPIRED'
      })
    }
  )

  test.each(vectors)('%s is what the code makes', (name, value) => {
    expect(read(name)).toEqual(value)
  })

  test('have frames that are read back', () => {
    for (const { message, frame } of read('frames.json') as { message: { type: string }; frame: string }[]) {
      expect(parseMessage(fromHex(frame.slice(8))).type).toBe(message.type)
      expect(Number.parseInt(frame.slice(0, 8), 16) * 2).toBe(frame.length - 8)
    }
  })

  test('have a signature that node:crypto verifies over what the page says', () => {
    const { boundKey } = read('transcript.json') as { boundKey: Record<'spki' | 'leaf' | 'signature', string> }
    const key = createPublicKey({ key: Buffer.from(boundKey.spki, 'hex'), format: 'der', type: 'spki' })
    const digest = createHash('sha512')
      .update(fields(Buffer.from('tresor-atls/1 signature'), hex(boundKey.leaf)))
      .digest()
    expect(verify('sha256', digest, { key, dsaEncoding: 'ieee-p1363' }, hex(boundKey.signature))).toBe(true)
  })

  test('have leaves that are the hash of what the page says', () => {
    for (const { transcript, leaf } of (read('transcript.json') as { leaves: LeafVector[] }).leaves) {
      const { role, alpn, certificateKey, exported, peerNonce } = transcript
      const text = [Buffer.from('tresor-atls/1'), Buffer.from(role), Buffer.from(alpn)]
      const noClaims = createHash('sha256').digest()
      const bytes = fields(...text, hex(certificateKey), hex(exported), hex(peerNonce), noClaims)
      expect(createHash('sha512').update(bytes).digest('hex')).toBe(leaf)
    }
  })
})

interface LeafVector {
  readonly transcript: Record<'role' | 'alpn' | 'certificateKey' | 'exported' | 'peerNonce', string>
  readonly leaf: string
}

function read(name: string): unknown {
  return JSON.parse(readFileSync(join(folder, name), 'utf8'))
}

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex')
}

function fields(...parts: readonly Buffer[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(part.length)
      return [length, part]
    })
  )
}
