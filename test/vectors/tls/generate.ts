// Test vectors of attested TLS, from fixed inputs. An independent implementation needs no more than these files and docs/attested-tls.md.
import { fromHex, toHex, utf8 } from '../../../packages/sdk/src/core/index.js'
import { sha512 } from '../../../packages/sdk/src/tls/digest.js'
import { createMerkleTree } from '../../../packages/sdk/src/tls/merkle.js'
import { encodeFrame, type Message } from '../../../packages/sdk/src/tls/messages.js'
import {
  batchReportData,
  keyLeaf,
  signedDigest,
  type Transcript,
  transcriptLeaf
} from '../../../packages/sdk/src/tls/transcript.js'
import { claimVectors } from './ra-tls.js'

/** Files of this folder by name; bytes are hex. */
export function tlsVectors(): Readonly<Record<string, unknown>> {
  return {
    'transcript.json': transcriptVectors(),
    'merkle.json': merkleVectors(),
    'frames.json': frameVectors(),
    'ra-tls-claims.json': JSON.parse(JSON.stringify(claimVectors()))
  }
}

const fill = (byte: number, length = 32): Uint8Array => new Uint8Array(length).fill(byte)

const transcripts: Readonly<Record<string, Transcript>> = {
  server: {
    role: 'server',
    alpn: 'tresor1+http/1.1',
    certificateKey: fill(0xa1),
    exported: fill(0xb2),
    peerNonce: fill(0xc3)
  },
  client: {
    role: 'client',
    alpn: 'tresor1+h2',
    certificateKey: new Uint8Array(0),
    exported: fill(0xd4),
    peerNonce: fill(0xe5)
  }
}

/** Signatures of ECDSA are random: key and signature were made once and are kept. */
const spki = fromHex(
  '3059301306072a8648ce3d020106082a8648ce3d030107034200045b559fd1eeffef7a41ef42915c59454d69d217' +
    'a8dcb6617b128c5fc9118cdfb1493baa46594fd6279bde6de38b42f362fc7c365b6728ca03e1d6f8845aaa257e'
)
const signature = fromHex(
  '7e05705f4f69430b25574f23e9988ecdff9013c6907fb32d0ce50eb9fdcd6749' +
    'b0dc08a4a7a0d444cceaf7f3576b929cdb867f234a9d56a38a403df8a4e8f10c'
)

function transcriptVectors(): unknown {
  return {
    leaves: Object.values(transcripts).map((transcript) => ({
      transcript: hexed(transcript),
      leaf: toHex(transcriptLeaf(transcript))
    })),
    reportData: Object.values(transcripts).map((transcript) => {
      const { root } = createMerkleTree([transcriptLeaf(transcript)])
      return { leaf: toHex(transcriptLeaf(transcript)), root: toHex(root), reportData: toHex(batchReportData(root)) }
    }),
    boundKey: boundKeyVector(transcripts.server as Transcript) // it is above
  }
}

function boundKeyVector(transcript: Transcript): unknown {
  const leaf = transcriptLeaf(transcript)
  const { role, peerNonce } = transcript
  return {
    role,
    nonce: toHex(peerNonce),
    spki: toHex(spki),
    leaf: toHex(leaf),
    keyLeaf: toHex(keyLeaf(role, peerNonce, spki, leaf)),
    signedDigest: toHex(signedDigest(leaf)),
    signature: toHex(signature)
  }
}

function merkleVectors(): unknown {
  return [1, 2, 3, 5, 8, 13].map((size) => {
    const leaves = Array.from({ length: size }, (_, i) => sha512(utf8(`leaf ${i}`)))
    const { root, pathOf } = createMerkleTree(leaves)
    return {
      size,
      leaves: leaves.map(toHex),
      root: toHex(root),
      paths: leaves.map((_, index) => pathOf(index).path.map(toHex))
    }
  })
}

const inclusion = { index: 2, size: 3, path: [fill(0x11, 64)] }

const messages: readonly Message[] = [
  { type: 'hello', nonce: fill(0x01), wants: ['perConnection'], known: [], offers: [] },
  {
    type: 'hello',
    nonce: fill(0x01),
    wants: ['boundKey', 'perConnection'],
    known: [fill(0x02)],
    offers: ['perConnection', 'boundKey'],
    key: fill(0x03)
  },
  { type: 'evidence', nonce: fill(0x04), cmw: fill(0x05, 5), proof: { kind: 'connection', inclusion } },
  {
    type: 'evidence',
    nonce: fill(0x04),
    cmw: fill(0x05, 5),
    proof: { kind: 'newKey', inclusion, spki: fill(0x06, 6), signature: fill(0x07, 64) },
    requires: { tier: 'boundKey', knowsKey: true }
  },
  {
    type: 'evidence',
    nonce: fill(0x04),
    proof: { kind: 'knownKey', keyId: fill(0x08), signature: fill(0x07, 64) },
    requires: { tier: 'perConnection', knowsKey: false }
  },
  { type: 'final', echo: fill(0x04) },
  { type: 'final', echo: fill(0x04), cmw: fill(0x05, 5), proof: { kind: 'connection', inclusion } },
  { type: 'ready' },
  { type: 'alert', reason: 'refused' },
  { type: 'alert', reason: 'unavailable', retryAfterMs: 1500 }
]

function frameVectors(): unknown {
  return messages.map((message) => ({ message: hexed(message), frame: toHex(encodeFrame(message)) }))
}

/** The same value with hex in place of bytes. */
function hexed(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value)
  if (Array.isArray(value)) return value.map(hexed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, hexed(item)]))
}
