// What makes the evidence of a world verify: the root of its fake vendor, at a time at which its certificates are valid.
import type { World } from './world.js'

export interface Trust {
  readonly unsafeExtraRoots: readonly [{ readonly product: string; readonly spki: Uint8Array }]
  readonly now: Date
}

export function trust({ root, now }: World): Trust {
  const spki = new Uint8Array(Buffer.from(root.spki, 'hex'))
  return { unsafeExtraRoots: [{ product: root.product, spki }], now: new Date(now) }
}
