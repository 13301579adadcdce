// What a message in a container is for: its use, its id, and what the caller says. Only the last part varies in length.
import { concatBytes } from '../../../core/index.js'
import { encodeIdentity } from '../cobblestone/identity.js'
import type { ContainerUse } from './header.js'

export function containerContext(use: ContainerUse, id: Uint8Array, context: Uint8Array): Uint8Array {
  return concatBytes(encodeIdentity({ storeId: id, objectId: id, generation: 0n, epoch: 0, kind: use }), context)
}
