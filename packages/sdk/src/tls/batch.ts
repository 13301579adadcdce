// One quote for many connections: leaves that wait while the device is busy are signed together, as the root of a tree over them.
// Each connection keeps its own leaf and its own path, so freshness and binding are those of a quote per connection.
import { TresorError, UnavailableError } from '../core/index.js'
import { encodeEvidence } from '../evidence/cmw/encode-evidence.js'
import type { Evidence } from '../evidence/index.js'
import { createMerkleTree, type InclusionPath, maxTreeSize } from './merkle.js'
import { batchReportData } from './transcript.js'

/** What a batch needs of a provider of evidence. */
export interface QuoteDevice {
  collect(request: { readonly reportData: Uint8Array; readonly signal?: AbortSignal }): Promise<Evidence>
}

/** Evidence over a batch, and the way from one leaf to what it covers. */
export interface BatchProof extends InclusionPath {
  /** The evidence with its endorsements, shared by the batch. */
  readonly cmw: Uint8Array
}

export interface BatchLimits {
  /** Leaves that may wait; more are refused with advice to retry. */
  readonly maxWaiting: number
  /** Larger evidence is not sent. */
  readonly maxEvidenceBytes: number
  /** How long one request to the device may take. */
  readonly deviceTimeoutMs: number
}

export const defaultBatchLimits: BatchLimits = {
  maxWaiting: 16_384,
  maxEvidenceBytes: 240 * 1024,
  deviceTimeoutMs: 30_000
}

interface Waiting {
  readonly leaf: Uint8Array
  readonly signal: AbortSignal | undefined
  resolve(proof: BatchProof): void
  reject(reason: unknown): void
}

/** The queue before one device. */
export class Batcher {
  readonly #device: QuoteDevice
  readonly #limits: BatchLimits
  #waiting: Waiting[] = []
  #busy = false

  constructor(device: QuoteDevice, limits: BatchLimits = defaultBatchLimits) {
    this.#device = device
    this.#limits = limits
  }

  /**
   * Evidence that covers `leaf`. A leaf whose `signal` was aborted before its batch began is left out.
   * @throws UnavailableError ERR_DEVICE_BUSY when too many wait, and what the device throws, each with `details.retryAfterMs`
   */
  prove(leaf: Uint8Array, signal?: AbortSignal): Promise<BatchProof> {
    if (this.#waiting.length >= this.#limits.maxWaiting) {
      return Promise.reject(unavailable('ERR_DEVICE_BUSY', 'too many connections wait for evidence'))
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ leaf, signal, resolve, reject })
      if (!this.#busy) this.#start()
    })
  }

  /** Connections that were accepted in the same turn of the event loop go together. */
  #start(): void {
    this.#busy = true
    setImmediate(() => {
      this.#serve().finally(() => {
        this.#busy = false
        if (this.#waiting.length > 0) this.#start()
      })
    })
  }

  async #serve(): Promise<void> {
    const batch = this.#waiting.splice(0, maxTreeSize).filter(isWanted)
    if (batch.length === 0) return
    try {
      const tree = createMerkleTree(batch.map(({ leaf }) => leaf))
      const cmw = await this.#quote(tree.root)
      batch.forEach(({ resolve }, index) => {
        resolve({ cmw, ...tree.pathOf(index) })
      })
    } catch (cause) {
      const failure = failureOf(cause)
      for (const { reject } of batch) reject(failure)
    }
  }

  async #quote(root: Uint8Array): Promise<Uint8Array> {
    const signal = AbortSignal.timeout(this.#limits.deviceTimeoutMs)
    const request = { reportData: batchReportData(root), signal }
    const cmw = encodeEvidence(await untilAborted(this.#device.collect(request), signal))
    const { maxEvidenceBytes } = this.#limits
    if (cmw.length <= maxEvidenceBytes) return cmw
    throw unavailable(
      'ERR_DEVICE_RESPONSE',
      `evidence of ${cmw.length} bytes, at most ${maxEvidenceBytes} fit into a handshake`
    )
  }
}

const retryAfterMs = 1000

/** A device that hangs must not hold up all batches after it, even where the provider pays no heed to `signal`. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void =>
      reject(new UnavailableError('ERR_ABORTED', 'the device did not answer in time', { cause: signal.reason }))
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

/** Rejects at once what nobody waits for any more. */
function isWanted({ signal, reject }: Waiting): boolean {
  if (signal?.aborted !== true) return true
  reject(new UnavailableError('ERR_ABORTED', 'evidence: nobody waits for it any more', { cause: signal.reason }))
  return false
}

function failureOf(cause: unknown): UnavailableError {
  const code = cause instanceof UnavailableError ? cause.code : 'ERR_DEVICE_REFUSED'
  const reason = TresorError.is(cause) ? cause.message : 'the provider failed'
  return unavailable(code, `evidence for this batch of connections: ${reason}`, cause)
}

function unavailable(code: UnavailableError['code'], message: string, cause?: unknown): UnavailableError {
  return new UnavailableError(code, message, {
    details: { retryAfterMs },
    ...(cause === undefined ? {} : { cause })
  })
}
