export type { Backend, BlobWriter, Place, RootSlots, WriterLease } from './backends/backend.js'
export { directory } from './backends/directory/index.js'
export { memory } from './backends/memory/index.js'
export type { PgClient, PgPool, PostgresOptions } from './backends/postgres/index.js'
export { postgres } from './backends/postgres/index.js'
export type { S3Options, S3Sender } from './backends/s3/index.js'
export { s3 } from './backends/s3/index.js'
export type {
  AgeIdentity,
  AgePassphraseOptions,
  AgeRecipient,
  AgeStanza,
  DecryptAgeOptions,
  EncryptAgeOptions,
  HybridKey
} from './format/age/index.js'
export {
  ageKeySource,
  agePassphrase,
  createHybridKey,
  decryptAge,
  decryptAgeStream,
  encryptAge,
  encryptAgeStream
} from './format/age/index.js'
export type { OpenFileOptions, ReplayableFile, SealFileOptions, ValueKey, ValueKeys } from './format/container/index.js'
export { openFile, seal, sealFile, unseal } from './format/container/index.js'
export type { Anchor, Freshness, TpmFreshnessOptions } from './freshness/index.js'
export { processFreshness, tpmFreshness } from './freshness/index.js'
export type { CreateKeyringOptions, Keyring, KeySlot, OpenKeyringOptions, SuiteName } from './keyring/index.js'
export { createKeyring, openKeyring } from './keyring/index.js'
export type {
  BrokerKeyClient,
  CustomKeyOptions,
  HandoffKeyOptions,
  HandoffTeeOptions,
  KeyDerivingTee,
  KeySource,
  PassphraseOptions,
  RecoveryKey,
  Stanza,
  TeeKeyOptions,
  TeeKeyRequest,
  TpmKeyOptions,
  UpgradeToken,
  WrapContext
} from './keys/index.js'
export {
  brokerKey,
  createHandoffRequest,
  createRecoveryKey,
  createUpgradeToken,
  customKey,
  handoffKey,
  passphrase,
  recoveryIdentity,
  recoveryKey,
  teeKey,
  tpmKey
} from './keys/index.js'
