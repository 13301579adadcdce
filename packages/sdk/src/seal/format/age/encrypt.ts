// Writes age files (c2sp.org/age): readable by age, rage and every other implementation.
import { crypto } from '#crypto'
import { expectBoolean, expectOptions, UsageError } from '../../../core/index.js'
import { type Aead, type ChunkCipher, loadAead } from '../../../native/index.js'
import { randomSecret, withSecret } from '../../keys/secret-bytes.js'
import { ByteQueue } from '../byte-queue.js'
import { type ByteSource, sealChunks } from '../chunk-stream.js'
import { collect } from '../collect.js'
import { encodeArmor } from './armor.js'
import { importPayloadKey, macOf } from './file-keys.js'
import { encodeHeader, encodeStanzas, isStanza, maxHeaderBytes } from './header.js'
import { expectRecipients } from './recipients.js'
import { type AgeRecipient, fileKeyBytes } from './stanza.js'

export interface EncryptAgeOptions {
  /** Who can read it, at least one: `age1…`, `age1pq1…`, `agePassphrase(…)`, `ageKeySource(…)`, or a recipient of your own. */
  readonly recipients: readonly (string | AgeRecipient)[]
  /** As text (PEM), for mail and chat. Default false. */
  readonly armor?: boolean
}

const nonceBytes = 16

/**
 * The whole file, in memory.
 * @throws UsageError ERR_USAGE_OPTION
 * @example
 * const file = await encryptAge(bytes, { recipients: ['age1…'] })
 */
export async function encryptAge(plaintext: Uint8Array, options: EncryptAgeOptions): Promise<Uint8Array> {
  if (!(plaintext instanceof Uint8Array)) throw new UsageError('ERR_USAGE_OPTION', 'plaintext: expected a Uint8Array')
  return collect(encryptAgeStream([plaintext], options))
}

/**
 * The file as it is made, with a few mebibytes in memory. For `Readable.from` and `ReadableStream.from`.
 * @throws UsageError ERR_USAGE_OPTION, before anything is read
 */
export function encryptAgeStream(source: ByteSource, options: EncryptAgeOptions): AsyncGenerator<Uint8Array> {
  expectOptions(options, ['recipients', 'armor'], 'encryptAge')
  const recipients = expectRecipients(options.recipients)
  const file = encrypt(new ByteQueue(source), recipients)
  return expectBoolean(options.armor ?? false, 'armor') ? encodeArmor(file) : file
}

async function* encrypt(source: ByteQueue, recipients: readonly AgeRecipient[]): AsyncGenerator<Uint8Array> {
  try {
    const aead = await loadAead()
    const nonce = crypto.randomBytes(nonceBytes)
    const { header, cipher } = await begin(aead, recipients, nonce)
    try {
      yield header
      yield nonce
      yield* sealChunks(aead, cipher, source.rest())
    } finally {
      cipher.wipe()
    }
  } finally {
    await source.close()
  }
}

async function begin(
  aead: Aead,
  recipients: readonly AgeRecipient[],
  nonce: Uint8Array
): Promise<{ readonly header: Uint8Array; readonly cipher: ChunkCipher }> {
  return withSecret(randomSecret(fileKeyBytes), async (fileKey) => ({
    header: await headerFor(fileKey, recipients),
    cipher: await importPayloadKey(aead, fileKey, nonce)
  }))
}

async function headerFor(fileKey: Uint8Array, recipients: readonly AgeRecipient[]): Promise<Uint8Array> {
  const stanzas = (await Promise.all(recipients.map((recipient) => recipient.wrap(fileKey)))).flat()
  if (stanzas.length === 0 || !stanzas.every(isStanza)) {
    throw new UsageError('ERR_USAGE_OPTION', 'recipients: one of them gave no stanza that can stand in a file')
  }
  const authenticated = encodeStanzas(stanzas)
  if (authenticated.length > maxHeaderBytes / 2) {
    throw new UsageError('ERR_USAGE_OPTION', 'recipients: together they are too long for a header')
  }
  return encodeHeader(authenticated, await macOf(fileKey, authenticated))
}
