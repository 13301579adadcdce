// A TPM 2.0 in use: one command at a time, and nothing left behind in it.
import { setTimeout as delay } from 'node:timers/promises'
import { encodeCommand, parseAnswer, type TpmAnswer, type TpmCommand } from './command.js'
import { responseCode } from './constants.js'
import { openDevice } from './device.js'
import { TpmRefusal } from './failure.js'
import { u32 } from './marshal.js'
import { Session, type SessionOptions, type SessionUse } from './session.js'
import { openSocket } from './socket.js'
import type { TpmAddress, TpmTransport } from './transport.js'

/** A session and what this command needs of it. */
export interface Authorized extends SessionUse {
  readonly session: Session
}

const maxTries = 20
const pauseMs = 100
const busyCodes: ReadonlySet<number> = new Set([responseCode.retry, responseCode.yielded, responseCode.testing])

export class Tpm {
  readonly #transport: TpmTransport

  constructor(transport: TpmTransport) {
    this.#transport = transport
  }

  /** @throws UnavailableError ERR_TPM_COMMAND, as TpmRefusal where the TPM says no */
  async run(command: TpmCommand, authorized?: Authorized): Promise<TpmAnswer> {
    for (let tries = 1; ; tries++) {
      try {
        const authorization = authorized?.session.prepare(authorized)
        const answer = await this.#transport.transmit(encodeCommand(command, authorization))
        return parseAnswer(answer, command, authorization)
      } catch (error) {
        if (!(error instanceof TpmRefusal && busyCodes.has(error.rc)) || tries === maxTries) throw error
        await delay(pauseMs)
      }
    }
  }

  /** Gives `use` a session, and ends it. */
  async withSession<T>(options: SessionOptions, use: (session: Session) => Promise<T>): Promise<T> {
    const session = await Session.start(this, options)
    try {
      return await this.withHandle(session.handle, () => use(session))
    } finally {
      session.wipe()
    }
  }

  /** Removes a transient object or a session from the TPM afterwards. */
  async withHandle<T>(handle: number, use: () => Promise<T>): Promise<T> {
    let result: T
    try {
      result = await use()
    } catch (error) {
      await this.#flush(handle).catch(() => undefined) // the first failure is the one to tell
      throw error
    }
    await this.#flush(handle)
    return result
  }

  close(): Promise<void> {
    return this.#transport.close()
  }

  async #flush(handle: number): Promise<void> {
    await this.run({ command: 'flushContext', handles: [], parameters: u32(handle) })
  }
}

/** Of a command: a TPM that takes longer is broken. Making a key may take seconds on a slow one. */
const timeoutMs = 60_000

/** @throws UnavailableError ERR_TPM_COMMAND */
export async function openTpm(address: TpmAddress): Promise<Tpm> {
  return new Tpm('socket' in address ? await openSocket(address.socket, timeoutMs) : await openDevice())
}

/** Opens the TPM for as long as `use` runs. */
export async function withTpm<T>(address: TpmAddress, use: (tpm: Tpm) => Promise<T>): Promise<T> {
  const tpm = await openTpm(address)
  try {
    return await use(tpm)
  } finally {
    await tpm.close()
  }
}
