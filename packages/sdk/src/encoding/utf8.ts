// UTF-8 that is refused, never repaired, where it is malformed.

const decoder = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Text of UTF-8 bytes, or undefined where they are malformed. A byte order mark is kept as the character that it is. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  const short = bytes.length <= 64 ? decodeAscii(bytes) : undefined
  if (short !== undefined) return short
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

/** Short ASCII, the common case in certificates, does not pay for a decoder. */
function decodeAscii(bytes: Uint8Array): string | undefined {
  let text = ''
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number
    if (byte >= 0x80) return undefined
    text += String.fromCharCode(byte)
  }
  return text
}
