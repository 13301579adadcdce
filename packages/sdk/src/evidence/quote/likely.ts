// What quotes look like: the header tells the TEE.

export function isLikelyTdx(bytes: Uint8Array): boolean {
  return isQuoteOf(bytes, 0x81)
}

export function isLikelySgx(bytes: Uint8Array): boolean {
  return isQuoteOf(bytes, 0)
}

/** Version 3 to 5, attestation key type 2, TEE type. */
function isQuoteOf(bytes: Uint8Array, tee: number): boolean {
  const [version = 0, high, keyType, keyHigh, teeType, ...rest] = bytes.subarray(0, 8)
  const plausible = bytes.length > 432 && version >= 3 && version <= 5 && high === 0 && keyType === 2 && keyHigh === 0
  return plausible && teeType === tee && (version === 3 || rest.every((byte) => byte === 0))
}
