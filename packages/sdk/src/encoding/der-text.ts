// Character strings of ASN.1 (ITU-T X.680 §41) as JavaScript strings.

import { derFailure } from './der-failure.js'
import { derTag } from './der-tags.js'
import { decodeUtf8 } from './utf8.js'

/** Text of a string type. Teletex is read as Latin-1, as everybody writes it. */
export function decodeText(tag: number, content: Uint8Array, what: string, field: string): string {
  const text = decodeByTag(tag, content)
  if (text === undefined) {
    throw derFailure(
      what,
      `${field}: malformed text, or no string type (tag 0x${tag.toString(16).padStart(2, '0')})`,
      field
    )
  }
  return text
}

function decodeByTag(tag: number, content: Uint8Array): string | undefined {
  switch (tag) {
    case derTag.utf8String:
      return decodeUtf8(content)
    case derTag.printableString:
    case derTag.visibleString:
    case derTag.numericString:
      return decodeSingleBytes(content, 0x20, 0x7e)
    case derTag.ia5String:
      return decodeSingleBytes(content, 0, 0x7f)
    case derTag.teletexString:
      return decodeSingleBytes(content, 0, 0xff)
    case derTag.bmpString:
      return decodeCodePoints(content, 2)
    case derTag.universalString:
      return decodeCodePoints(content, 4)
    default:
      return undefined
  }
}

function decodeSingleBytes(content: Uint8Array, min: number, max: number): string | undefined {
  for (let i = 0; i < content.length; i++) {
    const byte = content[i] as number
    if (byte < min || byte > max) return undefined
  }
  return max < 0x80 ? decodeUtf8(content) : decodeLatin1(content)
}

function decodeLatin1(content: Uint8Array): string {
  return Array.from(content, (byte) => String.fromCharCode(byte)).join('')
}

/** Big-endian code points of two or four bytes; surrogates are no code points. */
function decodeCodePoints(content: Uint8Array, width: 2 | 4): string | undefined {
  if (content.length % width !== 0) return undefined
  const view = new DataView(content.buffer, content.byteOffset, content.length)
  let text = ''
  for (let at = 0; at < content.length; at += width) {
    const point = width === 2 ? view.getUint16(at) : view.getUint32(at)
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return undefined
    text += String.fromCodePoint(point)
  }
  return text
}
