// What event logs look like: the first event names the specification, behind a header of 32 bytes.
import { utf8 } from '../../core/index.js'

const signature = utf8('Spec ID Event03')

export function isLikelyEventLog(bytes: Uint8Array): boolean {
  return signature.every((byte, i) => bytes[32 + i] === byte)
}
