// Keys and signatures made on the spot with WebCrypto, which Node and the browser both have.
import type { EcCurve, HashName } from '../../packages/sdk/src/crypto/index.js'

export interface Signer {
  readonly spki: Uint8Array
  sign(hash: HashName, data: Uint8Array): Promise<Uint8Array>
}

export interface PssSigner {
  readonly spki: Uint8Array
  readonly hash: HashName
  sign(data: Uint8Array, saltLength: number): Promise<Uint8Array>
}

const { subtle } = globalThis.crypto
const names = { sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' } as const

export async function createEcSigner(namedCurve: EcCurve): Promise<Signer> {
  const pair = await subtle.generateKey({ name: 'ECDSA', namedCurve }, true, ['sign', 'verify'])
  return {
    spki: await exportSpki(pair),
    sign: async (hash, data) =>
      new Uint8Array(await subtle.sign({ name: 'ECDSA', hash: names[hash] }, pair.privateKey, new Uint8Array(data)))
  }
}

export async function createPssSigner(hash: HashName, modulusLength = 2048): Promise<PssSigner> {
  const publicExponent = Uint8Array.of(1, 0, 1)
  const algorithm = { name: 'RSA-PSS', hash: names[hash], modulusLength, publicExponent }
  const pair = await subtle.generateKey(algorithm, true, ['sign', 'verify'])
  return {
    spki: await exportSpki(pair),
    hash,
    sign: async (data, saltLength) =>
      new Uint8Array(await subtle.sign({ name: 'RSA-PSS', saltLength }, pair.privateKey, new Uint8Array(data)))
  }
}

async function exportSpki(pair: CryptoKeyPair): Promise<Uint8Array> {
  return new Uint8Array(await subtle.exportKey('spki', pair.publicKey))
}

/** Order of the base point (SP 800-186 §3.2.1), to make the s that a strict library would not make. */
export const orderOf: Readonly<Record<EcCurve, bigint>> = {
  'P-256': 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  'P-384': 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n
}
