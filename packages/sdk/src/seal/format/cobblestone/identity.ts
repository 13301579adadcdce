// Who an object is, as the context of its Cobblestone message. Fixed lengths throughout: two identities never have the same encoding.
import { expectBytes, expectInteger, expectOneOf, UsageError, utf8 } from '../../../core/index.js'
import type { ObjectIdentity, ObjectKind } from '../object-sealer.js'

/** Numbers on the wire; never given to another kind. */
const kindNumbers: Readonly<Record<ObjectKind, number>> = {
  content: 1,
  index: 2,
  delta: 3,
  root: 4,
  value: 5,
  file: 6
}

const kinds = Object.keys(kindNumbers) as readonly ObjectKind[] // the keys of the record above

/** Tells it from every other context under the same key. */
const label = utf8('tresor-object/1\0')

/** label (16) ‖ kind (1) ‖ epoch (4) ‖ generation (8) ‖ store (16) ‖ object (16), numbers in big endian order. */
export function encodeIdentity(identity: ObjectIdentity): Uint8Array {
  const out = new Uint8Array(label.length + 45)
  const view = new DataView(out.buffer, label.length)
  out.set(label)
  view.setUint8(0, kindNumbers[expectOneOf(identity.kind, kinds, 'kind')])
  view.setUint32(1, expectInteger(identity.epoch, [0, 0xffff_ffff], 'epoch'))
  view.setBigUint64(5, expectGeneration(identity.generation))
  out.set(expectBytes(identity.storeId, 16, 'storeId'), label.length + 13)
  out.set(expectBytes(identity.objectId, 16, 'objectId'), label.length + 29)
  return out
}

function expectGeneration(value: unknown): bigint {
  if (typeof value !== 'bigint' || BigInt.asUintN(64, value) !== value) {
    throw new UsageError('ERR_USAGE_OPTION', 'generation: expected an unsigned bigint of 64 bits')
  }
  return value
}
