// UTF-8 that is refused, never repaired, where it is malformed.

const decoder = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Text of UTF-8 bytes, or undefined where they are malformed. A byte order mark is kept as the character that it is. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  if (bytes.length <= 64 && isAscii(bytes)) return String.fromCharCode(...bytes)
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

/** Short ASCII, the common case in certificates, does not pay for a decoder. */
function isAscii(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if ((bytes[i] as number) >= 0x80) return false
  return true
}
