// Every key source as a recipient of age files: a TEE, a TPM, a broker. What it wraps is a key that the file key is wrapped with.
import { crypto } from '#crypto'
import { secretCrypto } from '#crypto/secret'
import { concatBytes, SealError, UsageError, utf8 } from '../../../core/index.js'
import type { KeySource, Stanza } from '../../keys/key-source.js'
import { randomSecret, withSecret } from '../../keys/secret-bytes.js'
import { keyBytes, kindPattern, maxBodyBytes, maxParameterBytes } from '../../keys/stanza.js'
import { decodeRaw, decodeRawOf, encodeRaw } from './base64.js'
import { malformed } from './failures.js'
import type { AgeIdentity, AgeRecipient, AgeStanza } from './stanza.js'
import { unwrapFileKey, wrapFileKey, wrappedKeyBytes } from './wrap-key.js'

/** After it: the kind of the source, 16 bytes for its context, and its parameters. */
const type = 'tresor/key-source/v1'
const info = utf8('tresor-age/1 key source')
const idBytes = 16

/** Both a recipient and an identity, as far as the source itself wraps and unwraps. */
export function ageKeySource(source: KeySource): AgeRecipient & AgeIdentity {
  if (typeof source?.wrap !== 'function' || typeof source.unwrap !== 'function' || !kindPattern.test(source.kind)) {
    throw new UsageError(
      'ERR_USAGE_OPTION',
      'key source: expected what teeKey, tpmKey, brokerKey or another of them gives'
    )
  }
  return {
    wrap: async (fileKey) => [await wrap(source, fileKey)],
    unwrap: (stanzas) => unwrap(source, stanzas)
  }
}

async function wrap(source: KeySource, fileKey: Uint8Array): Promise<AgeStanza> {
  const id = crypto.randomBytes(idBytes)
  return withSecret(randomSecret(keyBytes), async (key) => {
    const { kind, parameters, body } = await source.wrap(key, { storeId: id, epoch: 0 })
    const wrapped = await withSecret(await wrapKeyOf(key, id), (wrapKey) => wrapFileKey(wrapKey, fileKey))
    return { args: [type, kind, encodeRaw(id), ...textOf(parameters)], body: concatBytes(wrapped, body) }
  })
}

/** An argument is never empty. */
function textOf(parameters: Uint8Array): readonly string[] {
  return parameters.length === 0 ? [] : [encodeRaw(parameters)]
}

async function unwrap(source: KeySource, stanzas: readonly AgeStanza[]): Promise<Uint8Array | undefined> {
  for (const ageStanza of stanzas) {
    if (ageStanza.args[0] !== type) continue
    const { stanza, id, wrapped } = parseStanza(ageStanza)
    const key = await source.unwrap(stanza, { storeId: id, epoch: 0 })
    if (key === undefined) continue
    const wrapKey = await withSecret(key, (secret) => wrapKeyOf(secret, id))
    const fileKey = await withSecret(wrapKey, (secret) => unwrapFileKey(secret, wrapped))
    if (fileKey !== undefined) return fileKey
    throw new SealError('ERR_SEALED_KEY', `age file: the stanza for the key source ${stanza.kind} was changed`)
  }
  return undefined
}

/** @throws SealError ERR_SEALED_FORMAT */
function parseStanza({ args, body }: AgeStanza): { stanza: Stanza; id: Uint8Array; wrapped: Uint8Array } {
  const [, kind = '', id = '', parameters = ''] = args
  if (args.length > 4 || !kindPattern.test(kind))
    throw malformed('stanza of a key source: expected its kind and parameters')
  const stanza = {
    kind,
    parameters: decodeRaw(parameters, 'parameters of a key source'),
    body: body.slice(wrappedKeyBytes)
  }
  if (
    stanza.parameters.length > maxParameterBytes ||
    body.length < wrappedKeyBytes ||
    stanza.body.length > maxBodyBytes
  ) {
    throw malformed('stanza of a key source: its parameters or its body are too long or too short')
  }
  return { stanza, id: decodeRawOf(id, idBytes, 'context of a key source'), wrapped: body.slice(0, wrappedKeyBytes) }
}

async function wrapKeyOf(key: Uint8Array, id: Uint8Array): Promise<Uint8Array> {
  return secretCrypto.hkdf('sha256', key, id, info, 32)
}
