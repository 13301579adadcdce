// ECDSA verification (FIPS 186-5 §6.4.2) where there is no WebCrypto, on noble's point arithmetic. noble's own ECDSA is not
// used: it brings signing along, which a verifier need not load, and refuses a high s by default, which X.509, SNP, TDX and COSE
// allow. Only public values pass here, so the running time tells nothing.
import { EvidenceError, toHex } from '../../core/index.js'
import type { HashName } from '../door.js'
import { curveBytes, type EcSpki } from '../spki.js'
import { type CurvePoints, curves } from './curves.js'
import { hashBytesOf } from './sha2.js'

/** @throws EvidenceError ERR_CERTIFICATE_FORMAT for a point that is not on the curve */
export function importPoint(key: EcSpki): (hash: HashName, data: Uint8Array, signature: Uint8Array) => boolean {
  const curve = curves[key.curve]
  const size = curveBytes[key.curve]
  const point = parsePoint(curve, key.point)
  return (hash, data, signature) => {
    const digest = hashBytesOf(hash, data).subarray(0, size) // the leftmost bits, as many as the order has
    return isSignature(curve, point, toInteger(digest), [
      toInteger(signature.subarray(0, size)),
      toInteger(signature.subarray(size))
    ])
  }
}

function parsePoint(curve: CurvePoints, bytes: Uint8Array): InstanceType<CurvePoints> {
  try {
    const point = curve.fromBytes(bytes)
    point.assertValidity()
    return point
  } catch (cause) {
    throw new EvidenceError('ERR_CERTIFICATE_FORMAT', 'public key: the point is not on the curve', { cause })
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

function toInteger(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes)}`)
}
