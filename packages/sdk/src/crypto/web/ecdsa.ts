// ECDSA verification (FIPS 186-5 §6.4.2) where there is no WebCrypto, on noble's point arithmetic. noble's own ECDSA is not
// used: it brings signing along, which a verifier need not load, and refuses a high s by default, which X.509, SNP, TDX and COSE
// allow. Only public values pass here, so the running time tells nothing.
import { bytesToNumberBE } from '@noble/curves/utils.js'
import type { EcCurve, HashName } from '../door.js'
import { type CurvePoints, curves } from './curves.js'
import { hashBytesOf } from './sha2.js'

/** Throws for a point that is not on the curve. `point` is uncompressed: 0x04 ‖ x ‖ y. */
export function importPoint(
  name: EcCurve,
  point: Uint8Array
): (hash: HashName, data: Uint8Array, signature: Uint8Array) => boolean {
  const curve = curves[name]
  const size = curve.Fn.BYTES
  const key = curve.fromBytes(point)
  key.assertValidity()
  return (hash, data, signature) => {
    const digest = hashBytesOf(hash, data).subarray(0, size) // the leftmost bits, as many as the order has
    const [r, s] = [signature.subarray(0, size), signature.subarray(size)]
    return isSignature(curve, key, bytesToNumberBE(digest), [bytesToNumberBE(r), bytesToNumberBE(s)])
  }
}

/** Steps 1 and 4 to 9 of §6.4.2. */
function isSignature(
  { BASE, Fn }: CurvePoints,
  key: InstanceType<CurvePoints>,
  hash: bigint,
  [r, s]: readonly [r: bigint, s: bigint]
): boolean {
  if (!Fn.isValidNot0(r) || !Fn.isValidNot0(s)) return false
  const inverse = Fn.inv(s)
  const u = Fn.mul(Fn.create(hash), inverse)
  const v = Fn.mul(r, inverse)
  const sum = BASE.mulAddUnsafe(u, key, v)
  return !sum.is0() && Fn.create(sum.toAffine().x) === r
}
