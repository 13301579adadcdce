// The doors to hold against the same tests in the browser.
import type { CryptoDoor } from '../../packages/sdk/src/crypto/index.js'
import { createWebDoor, crypto as webDoor } from '../../packages/sdk/src/crypto/web/door.js'

export const platform: 'node' | 'browser' = 'browser'

export const doors: readonly { readonly title: string; readonly door: CryptoDoor }[] = [
  { title: 'web door', door: webDoor },
  { title: 'web door without WebCrypto', door: createWebDoor(() => undefined) }
]
