export { createKeyring } from './create-keyring.js'
export type { CreateKeyringOptions, Keyring, KeySlot, OpenKeyringOptions, SuiteName } from './keyring.js'
export { openKeyring } from './open-keyring.js'
