// ECDSA signatures as OpenSSL takes them: r ‖ s turned into SEQUENCE { r INTEGER, s INTEGER } (RFC 3279 §2.2.3). Node does the same where
// it is given r ‖ s, but Node 24 first asks the key how long they are, which takes 10 µs.

/** DER of r ‖ s, both big endian and of the same length, at most 60 bytes each. Zero stays zero: the verification refuses it. */
export function ecdsaSignatureToDer(signature: Uint8Array): Uint8Array {
  const half = signature.length / 2
  const r = firstSignificant(signature, 0, half)
  const s = firstSignificant(signature, half, signature.length)
  const [rBytes, sBytes] = [integerBytes(signature, r, half), integerBytes(signature, s, signature.length)]
  const der = new Uint8Array(6 + rBytes + sBytes)
  der[0] = 0x30
  der[1] = 4 + rBytes + sBytes
  writeInteger(der, 2, rBytes, signature, r, half)
  writeInteger(der, 4 + rBytes, sBytes, signature, s, signature.length)
  return der
}

/** Where the number begins; its last byte where all are zero. */
function firstSignificant(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end - 1 && bytes[at] === 0) at++
  return at
}

/** A byte more where the first bit is set: an INTEGER has a sign. */
function integerBytes(bytes: Uint8Array, start: number, end: number): number {
  return end - start + ((bytes[start] as number) >> 7)
}

function writeInteger(out: Uint8Array, at: number, length: number, from: Uint8Array, start: number, end: number): void {
  out[at] = 0x02
  out[at + 1] = length
  for (let i = 1; i <= end - start; i++) out[at + 2 + length - i] = from[end - i] as number
}
