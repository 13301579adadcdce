// Key derivation and symmetric protection of TPM 2.0 sessions (part 1, §11.4.10 KDFa and KDFe, §21 parameter encryption), with SHA-256.
import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto'
import { concatBytes, utf8 } from '../../core/index.js'
import { u32 } from './marshal.js'

/** SP 800-108 in counter mode. The caller wipes the result. */
export function kdfA(
  key: Uint8Array,
  label: string,
  contextU: Uint8Array,
  contextV: Uint8Array,
  bytes: number
): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(bytes / 32) }, (_, i) =>
    createHmac('sha256', key)
      .update(concatBytes(u32(i + 1), utf8(`${label}\0`), contextU, contextV, u32(bytes * 8)))
      .digest()
  )
  return cut(blocks, bytes)
}

/** SP 800-56A, for the secret of an ECDH exchange. 32 bytes, wiped by the caller. */
export function kdfE(z: Uint8Array, label: string, partyU: Uint8Array, partyV: Uint8Array): Uint8Array {
  const hash = createHash('sha256').update(u32(1)).update(z)
  return cut([hash.update(concatBytes(utf8(`${label}\0`), partyU, partyV)).digest()], 32)
}

/** AES-128 in CFB mode, whose key and IV serve one parameter only. */
export function encryptCfb(keyAndIv: Uint8Array, bytes: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-128-cfb', keyAndIv.subarray(0, 16), keyAndIv.subarray(16, 32))
  return new Uint8Array(cipher.update(bytes))
}

export function decryptCfb(keyAndIv: Uint8Array, bytes: Uint8Array): Uint8Array {
  const decipher = createDecipheriv('aes-128-cfb', keyAndIv.subarray(0, 16), keyAndIv.subarray(16, 32))
  const plain = decipher.update(bytes)
  return new Uint8Array(plain.buffer, plain.byteOffset, plain.length)
}

function cut(blocks: readonly Buffer[], bytes: number): Uint8Array {
  const out = new Uint8Array(new ArrayBuffer(blocks.length * 32))
  for (const [i, block] of blocks.entries()) {
    out.set(block, i * 32)
    block.fill(0)
  }
  return out.subarray(0, bytes)
}
