// SHA-2 (FIPS 180-4) where there is no WebCrypto.
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import type { HashName } from '../door.js'

const functions: Readonly<Record<HashName, (data: Uint8Array) => Uint8Array>> = { sha256, sha384, sha512 }

export function hashBytesOf(name: HashName, data: Uint8Array): Uint8Array {
  return functions[name](data)
}
