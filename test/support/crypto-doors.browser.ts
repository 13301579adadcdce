// The doors to hold against the same tests in the browser.
import type { CryptoDoor, SecretCryptoDoor } from '../../packages/sdk/src/crypto/index.js'
import { createWebDoor, crypto as webDoor } from '../../packages/sdk/src/crypto/web/door.js'
import { createWebSecretDoor, secretCrypto as webSecretDoor } from '../../packages/sdk/src/crypto/web/secret.js'

export const platform: 'node' | 'browser' = 'browser'

export const doors: readonly { readonly title: string; readonly door: CryptoDoor }[] = [
  { title: 'web door', door: webDoor },
  { title: 'web door without WebCrypto', door: createWebDoor(() => undefined) }
]

export const secretDoors: readonly { readonly title: string; readonly door: SecretCryptoDoor }[] = [
  { title: 'web door', door: webSecretDoor },
  { title: 'web door without WebCrypto', door: createWebSecretDoor(() => undefined) }
]
