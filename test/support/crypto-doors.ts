// The doors to hold against the same tests on Node. In the browser project crypto-doors.browser.ts takes this file's place.
import type { CryptoDoor, SecretCryptoDoor } from '../../packages/sdk/src/crypto/index.js'
import { crypto as nodeDoor } from '../../packages/sdk/src/crypto/node/index.js'
import { secretCrypto as nodeSecretDoor } from '../../packages/sdk/src/crypto/node/secret.js'
import { createWebDoor, crypto as webDoor } from '../../packages/sdk/src/crypto/web/door.js'
import { createWebSecretDoor, secretCrypto as webSecretDoor } from '../../packages/sdk/src/crypto/web/secret.js'

export const platform: 'node' | 'browser' = 'node'

export const doors: readonly { readonly title: string; readonly door: CryptoDoor }[] = [
  { title: 'node door', door: nodeDoor },
  { title: 'web door', door: webDoor },
  { title: 'web door without WebCrypto', door: createWebDoor(() => undefined) }
]

export const secretDoors: readonly { readonly title: string; readonly door: SecretCryptoDoor }[] = [
  { title: 'node door', door: nodeSecretDoor },
  { title: 'web door', door: webSecretDoor },
  { title: 'web door without WebCrypto', door: createWebSecretDoor(() => undefined) }
]
