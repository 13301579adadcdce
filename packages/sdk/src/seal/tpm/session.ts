// Sessions (part 1, §19): an HMAC over every command and answer, and encryption of what is secret in them, under a key that whoever listens on
// the wire does not have. The salt goes to the storage primary, whose Name the caller has compared with the one that it knows.
import { createECDH, createHash, createHmac, type ECDH, randomFillSync } from 'node:crypto'
import { concatBytes, UnavailableError } from '../../core/index.js'
import {
  type AnswerArea,
  type Authorization,
  assertHmac,
  type CommandRunner,
  encodeSessionArea,
  type NamedHandle,
  permanent
} from './command.js'
import { algorithm, handle, sessionAttribute } from './constants.js'
import { decryptCfb, encryptCfb, kdfA, kdfE } from './kdf.js'
import { sized, u8, u16, u32 } from './marshal.js'
import { parseResponse } from './response-reader.js'

/** A key of the TPM that salts can be sent to. */
export interface SaltKey extends NamedHandle {
  /** Point on P-256, 32 bytes each. */
  readonly point: { readonly x: Uint8Array; readonly y: Uint8Array }
}

export interface SessionOptions {
  readonly type: 'hmac' | 'policy'
  /** Absent: the session hides nothing, and proves only that whoever uses it has the authorization value. */
  readonly saltKey?: SaltKey
}

const sessionTypes = { hmac: 0, policy: 1 } as const
const nonceBytes = 32
const symmetric = concatBytes(u16(algorithm.aes), u16(128), u16(algorithm.cfb))

/** What one command needs of a session. */
export interface SessionUse {
  /** Authorization value of what the first handle names. */
  readonly authValue?: Uint8Array
  /** Encrypts the first parameter of the command, or of the answer. */
  readonly hides?: 'command' | 'answer'
}

export class Session {
  readonly handle: number
  readonly #type: 'hmac' | 'policy'
  readonly #key: Uint8Array
  #nonceTpm: Uint8Array

  private constructor(handle: number, type: 'hmac' | 'policy', key: Uint8Array, nonceTpm: Uint8Array) {
    this.handle = handle
    this.#type = type
    this.#key = key
    this.#nonceTpm = nonceTpm
  }

  static async start(tpm: CommandRunner, { type, saltKey }: SessionOptions): Promise<Session> {
    const nonceCaller = randomFillSync(new Uint8Array(nonceBytes))
    const salt = saltKey === undefined ? undefined : createSalt(saltKey)
    try {
      const answer = await tpm.run({
        command: 'startAuthSession',
        handles: [saltKey ?? permanent(handle.null), permanent(handle.null)],
        parameters: concatBytes(
          sized(nonceCaller),
          sized(salt?.encrypted ?? new Uint8Array(0)),
          u8(sessionTypes[type]),
          symmetric,
          u16(algorithm.sha256)
        ),
        answersHandle: true
      })
      const nonceTpm = parseResponse(answer.parameters, 'startAuthSession', (reader) => reader.sized(64, 'nonceTPM'))
      const key = salt === undefined ? new Uint8Array(0) : kdfA(salt.value, 'ATH', nonceTpm, nonceCaller, 32)
      return new Session(answer.handle, type, key, nonceTpm)
    } finally {
      salt?.value.fill(0)
    }
  }

  /** For the next command. */
  prepare({ authValue = new Uint8Array(0), hides }: SessionUse = {}): Authorization {
    const nonceCaller = randomFillSync(new Uint8Array(nonceBytes))
    const value = this.#type === 'hmac' ? concatBytes(this.#key, trimZeros(authValue)) : this.#key
    const attributes = sessionAttribute.continueSession | hidingAttribute(hides)
    return {
      authorize: (code, names, parameters) => {
        const sent = hides === 'command' ? this.#hide(parameters, value, nonceCaller) : parameters
        const cpHash = sha256(u32(code), ...names, sent)
        const hmac = this.#hmac(value, cpHash, nonceCaller, this.#nonceTpm, attributes)
        return { parameters: sent, area: encodeSessionArea(this.handle, nonceCaller, attributes, hmac) }
      },
      confirm: (code, parameters, area) => this.#confirm({ code, parameters, area, value, nonceCaller, hides })
    }
  }

  wipe(): void {
    this.#key.fill(0)
  }

  #confirm(answer: SessionAnswer): Uint8Array {
    const { code, parameters, area, value, nonceCaller, hides } = answer
    this.#nonceTpm = area.nonce
    const rpHash = sha256(u32(0), u32(code), parameters)
    assertHmac(this.#hmac(value, rpHash, area.nonce, nonceCaller, area.attributes), area.hmac)
    if (hides !== 'answer') return parameters
    const pad = kdfA(value, 'CFB', area.nonce, nonceCaller, 32)
    try {
      return onFirstParameter(parameters, (bytes) => decryptCfb(pad, bytes))
    } finally {
      pad.fill(0)
    }
  }

  #hide(parameters: Uint8Array, value: Uint8Array, nonceCaller: Uint8Array): Uint8Array {
    const pad = kdfA(value, 'CFB', nonceCaller, this.#nonceTpm, 32)
    try {
      return onFirstParameter(parameters, (bytes) => encryptCfb(pad, bytes))
    } finally {
      pad.fill(0)
    }
  }

  /** A policy session without a key of its own has no HMAC (part 1, §19.6.5). */
  #hmac(value: Uint8Array, hash: Uint8Array, newer: Uint8Array, older: Uint8Array, attributes: number): Uint8Array {
    if (this.#type === 'policy' && value.length === 0) return new Uint8Array(0)
    const message = concatBytes(hash, newer, older, u8(attributes))
    return new Uint8Array(createHmac('sha256', value).update(message).digest())
  }
}

interface SessionAnswer {
  readonly code: number
  readonly parameters: Uint8Array
  readonly area: AnswerArea
  readonly value: Uint8Array
  readonly nonceCaller: Uint8Array
  readonly hides: SessionUse['hides']
}

function hidingAttribute(hides: SessionUse['hides']): number {
  if (hides === 'command') return sessionAttribute.decrypt
  return hides === 'answer' ? sessionAttribute.encrypt : 0
}

/** The first parameter is a sized buffer; its size is not hidden. */
function onFirstParameter(parameters: Uint8Array, change: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  const size = parseResponse(parameters.slice(0, 2), 'a session', (reader) => reader.u16be('size'))
  const out = new Uint8Array(new ArrayBuffer(parameters.length))
  out.set(parameters)
  out.set(change(parameters.slice(2, 2 + size)), 2)
  return out
}

/** Secret sharing with an ECC key (part 1, annex C.6.1): the salt, and the point that gives it to the TPM. */
function createSalt({ point: { x, y } }: SaltKey): { readonly value: Uint8Array; readonly encrypted: Uint8Array } {
  const ephemeral = createECDH('prime256v1')
  const own = ephemeral.generateKeys()
  const [ownX, ownY] = [own.subarray(1, 33), own.subarray(33, 65)]
  const shared = computeSecret(ephemeral, concatBytes(u8(4), x, y))
  try {
    return { value: kdfE(shared, 'SECRET', ownX, x), encrypted: concatBytes(sized(ownX), sized(ownY)) }
  } finally {
    shared.fill(0)
  }
}

/** OpenSSL refuses a point that is not on the curve. */
function computeSecret(ephemeral: ECDH, point: Uint8Array): Buffer {
  try {
    return ephemeral.computeSecret(point)
  } catch (cause) {
    throw new UnavailableError('ERR_TPM_COMMAND', 'TPM: the point of its storage key is not on the curve', { cause })
  }
}

/** Authorization values are compared without zeros at their end (part 1, §19.6.4.3). */
function trimZeros(value: Uint8Array): Uint8Array {
  let end = value.length
  while (end > 0 && value[end - 1] === 0) end--
  return value.subarray(0, end)
}

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(
    createHash('sha256')
      .update(concatBytes(...parts))
      .digest()
  )
}
