// Keys of the index: number of the directory (8 bytes, big endian), then the name in UTF-8. They are held as strings of one character for each
// byte, which compare with `<` as their bytes do and serve as keys of a Map.
import { UsageError } from '../../core/index.js'
import { decodeUtf8 } from '../../encoding/index.js'
import type { Inode } from './store.js'

export type IndexKey = string

/** Characters of a key before the name. */
export const prefixLength = 8

/** Of a name in UTF-8. Longer than file systems allow, so that what they take is taken. */
const maxNameBytes = 1024

/** @throws UsageError ERR_USAGE_OPTION for a name that is empty, too long, or not Unicode */
export function keyOf(directory: Inode, name: string): IndexKey {
  const key = prefixOf(directory) + toBinary(name)
  if (key.length === prefixLength || key.length > prefixLength + maxNameBytes) {
    throw new UsageError('ERR_USAGE_OPTION', `name: expected 1 to ${maxNameBytes} bytes of UTF-8`, {
      details: { field: 'name' }
    })
  }
  return key
}

export function prefixOf(directory: Inode): string {
  const bytes = new Uint8Array(prefixLength)
  new DataView(bytes.buffer).setBigUint64(0, directory)
  return binaryOf(bytes)
}

/** The name in a key; `undefined` where it is not UTF-8. */
export function nameOf(key: IndexKey): string | undefined {
  return decodeUtf8(bytesOfBinary(key.slice(prefixLength)))
}

export function bytesOfKey(key: IndexKey): Uint8Array {
  return bytesOfBinary(key)
}

export function keyOfBytes(bytes: Uint8Array): IndexKey {
  return binaryOf(bytes)
}

function toBinary(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
  if (/^[\x00-\x7f]*$/.test(name)) return name
  const bytes = Buffer.from(name, 'utf8')
  if (decodeUtf8(bytes) !== name) {
    throw new UsageError('ERR_USAGE_OPTION', 'name: half a surrogate pair is no text', { details: { field: 'name' } })
  }
  return bytes.toString('latin1')
}

function binaryOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

function bytesOfBinary(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'))
}
