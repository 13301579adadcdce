// The two forms of a CMW.

/** How a CMW is written, by its first byte, as the draft's decapsulation algorithm tells them apart; undefined for anything else. */
export function cmwFormatOf(bytes: Uint8Array): 'cbor' | 'json' | undefined {
  const [first = 0] = bytes
  if (first === 0x5b || first === 0x7b) return 'json'
  if (first === 0x82 || first === 0x83 || (first >= 0xa0 && first <= 0xdb) || first === 0xbf) return 'cbor'
  return undefined
}
