// Frames on a socket that still belongs to the exchange: u32 length in big endian order, then one message. Reads no byte more than a
// frame needs, so that what follows is there, untouched, for the protocol above.
import type { TLSSocket } from 'node:tls'
import { EvidenceError, TresorError, UnavailableError } from '../core/index.js'

const headerBytes = 4

/** The header, or the payload, that is being read. */
interface PendingRead {
  readonly maxBytes: number
  stage: 'header' | 'payload'
  wanted: number
  received: number
  /** Grows as bytes come: a length that a peer merely claims costs no memory. */
  buffer: Uint8Array
  resolve(payload: Uint8Array): void
  reject(reason: TresorError): void
}

/** One reader, one writer, one deadline. After the first failure every call fails with it. */
export class FrameChannel {
  readonly socket: TLSSocket
  #abort: AbortController | undefined
  readonly #timer: NodeJS.Timeout | undefined
  #watching = false
  #failure: TresorError | undefined
  #pending: PendingRead | undefined
  #stopWriting: ((reason: TresorError) => void) | undefined

  /** Without `deadlineMs` somebody else has to destroy the socket when time is over. */
  constructor(socket: TLSSocket, deadlineMs?: number) {
    this.socket = socket
    this.#timer = deadlineMs === undefined ? undefined : setTimeout(this.#onTimeout, deadlineMs)
    socket.on('readable', this.#onReadable)
    socket.on('end', this.#onClose)
    socket.on('close', this.#onClose)
    socket.on('error', this.#onError)
    if (socket.destroyed || socket.readableEnded) this.#onClose()
  }

  /** Aborted with the first failure: the deadline passed, or the peer has gone. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.#failure !== undefined) this.#abort.abort(this.#failure)
    return this.#abort.signal
  }

  /** What went wrong first, where something did. */
  get failure(): TresorError | undefined {
    return this.#failure
  }

  /** True while it is the peer's turn. */
  get isWaiting(): boolean {
    return this.#pending !== undefined
  }

  /** Fails what is under way, and everything after it. */
  end(failure: TresorError): void {
    this.#fail(failure)
  }

  /**
   * The payload of the next frame.
   * @throws EvidenceError ERR_TLS_PROTOCOL for one of no byte or of more than `maxBytes`
   * @throws UnavailableError ERR_TLS_TIMEOUT, ERR_TLS_CLOSED
   */
  read(maxBytes: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure)
      this.#pending = { maxBytes, resolve, reject, ...header() }
      this.#pull()
    })
  }

  /** Ends when the bytes have left this process: a protocol above must not find a write of ours under way. */
  write(frame: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure)
      this.#stopWriting = reject
      this.socket.write(frame, () => {
        this.#stopWriting = undefined
        resolve()
      })
    })
  }

  /**
   * While we work and the peer has to wait: notice when it goes. Only where another message of ours follows, for the end of the stream
   * can be noticed once, and behind the last message it belongs to the protocol above.
   */
  watch(): void {
    this.#watching = true
    this.#noticeEnd()
  }

  /** @throws EvidenceError ERR_TLS_PROTOCOL when the peer has sent something although it is not its turn */
  requireSilence(): void {
    if (this.#failure !== undefined) throw this.#failure
    if (this.socket.readableLength > 0) throw protocolError('the peer sent bytes before it was its turn')
  }

  /** As `write`, for the last message of ours: what happens on the socket from now on is for the protocol above. */
  async writeLast(frame: Uint8Array): Promise<void> {
    this.#watching = false
    await this.write(frame)
  }

  /** Leaves the socket as if nobody had ever listened to it. */
  async release(): Promise<void> {
    this.#detach()
    const socket = this.socket
    // Until the protocol above listens, in this turn of the event loop, an error has nobody to go to. The socket is destroyed then.
    socket.on('error', ignore)
    setImmediate(() => socket.off('error', ignore))
    // The stream decides one tick after the last listener has gone that it is neither paused nor flowing.
    await new Promise<void>((resolve) => process.nextTick(resolve))
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Says `farewell`, if anything, and ends the connection. A peer that does not read has one more second. */
  close(farewell: Uint8Array | undefined): void {
    const socket = this.socket
    this.#detach()
    socket.on('error', ignore)
    if (socket.destroyed) return
    const timer = setTimeout(() => socket.destroy(), lingerMs)
    socket.once('close', () => clearTimeout(timer))
    if (farewell !== undefined && socket.writable) socket.write(farewell)
    socket.destroySoon()
  }

  #onReadable = (): void => {
    if (this.#pending !== undefined) this.#pull()
    else if (this.#watching) this.#noticeEnd()
  }

  /** At the end of the stream a read is what makes it say so. It says so once: not before that is for us to hear. */
  #noticeEnd(): void {
    if (this.socket.readableLength === 0) this.socket.read(0)
  }

  #onClose = (): void => this.#fail(closed())
  #onError = (cause: unknown): void => this.#fail(TresorError.is(cause) ? cause : closed(cause))
  #onTimeout = (): void =>
    this.#fail(new UnavailableError('ERR_TLS_TIMEOUT', 'attested TLS: the peer did not finish the exchange in time'))

  #fail(failure: TresorError): void {
    if (this.#failure !== undefined) return
    this.#failure = failure
    clearTimeout(this.#timer)
    this.#abort?.abort(failure)
    this.#stopWriting?.(failure)
    this.#pending?.reject(failure)
    this.#pending = undefined
  }

  /** Takes what is there, at most up to the end of the frame. */
  #pull(): void {
    for (let pending = this.#pending; pending !== undefined; pending = this.#pending) {
      const chunk = this.#take(pending.wanted - pending.received)
      if (chunk === null) return
      if (chunk.length === pending.wanted) this.#advance(pending, chunk)
      else {
        append(pending, chunk)
        if (pending.received === pending.wanted) this.#advance(pending, pending.buffer)
      }
    }
  }

  /** With nothing there, a read of no bytes makes a stream that has ended say so. */
  #take(wanted: number): Uint8Array | null {
    return this.socket.read(Math.min(wanted, this.socket.readableLength))
  }

  #advance(pending: PendingRead, bytes: Uint8Array): void {
    if (pending.stage === 'header') this.#beginPayload(pending, bytes)
    else this.#settle(() => pending.resolve(bytes))
  }

  #beginPayload(pending: PendingRead, bytes: Uint8Array): void {
    const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
    if (length >= 1 && length <= pending.maxBytes) Object.assign(pending, payloadOf(length))
    else
      this.#settle(() => pending.reject(protocolError(`frame of ${length} bytes, expected 1 to ${pending.maxBytes}`)))
  }

  #settle(answer: () => void): void {
    this.#pending = undefined
    this.#watching = false
    answer()
  }

  #detach(): void {
    clearTimeout(this.#timer)
    this.socket.off('readable', this.#onReadable)
    this.socket.off('end', this.#onClose)
    this.socket.off('close', this.#onClose)
    this.socket.off('error', this.#onError)
  }
}

const lingerMs = 1000
const minBufferBytes = 1024
const noBytes = new Uint8Array(0)

type Reading = Pick<PendingRead, 'stage' | 'wanted' | 'received' | 'buffer'>

function header(): Reading {
  return { stage: 'header', wanted: headerBytes, received: 0, buffer: noBytes }
}

function payloadOf(length: number): Reading {
  return { stage: 'payload', wanted: length, received: 0, buffer: noBytes }
}

function append(pending: PendingRead, chunk: Uint8Array): void {
  const needed = pending.received + chunk.length
  if (needed > pending.buffer.length) {
    const larger = new Uint8Array(Math.min(pending.wanted, Math.max(needed, 2 * pending.buffer.length, minBufferBytes)))
    larger.set(pending.buffer.subarray(0, pending.received))
    pending.buffer = larger
  }
  pending.buffer.set(chunk, pending.received)
  pending.received = needed
}

export function protocolError(message: string): EvidenceError {
  return new EvidenceError('ERR_TLS_PROTOCOL', `attested TLS: ${message}`)
}

function closed(cause?: unknown): UnavailableError {
  return new UnavailableError(
    'ERR_TLS_CLOSED',
    'attested TLS: the connection ended in the middle of the exchange',
    cause === undefined ? {} : { cause }
  )
}

function ignore(): undefined {
  return undefined
}
