// A TPM that is lost in the middle: before a command reaches it, or after it has done it and before the answer is back.
import { TpmRefusal } from '../../../packages/sdk/src/seal/tpm/failure.js'
import { openSocket } from '../../../packages/sdk/src/seal/tpm/socket.js'
import { Tpm } from '../../../packages/sdk/src/seal/tpm/tpm.js'
import type { TpmTransport } from '../../../packages/sdk/src/seal/tpm/transport.js'

export interface Interruption {
  /** Counts commands from 1. */
  readonly at: number
  readonly when: 'before' | 'after'
}

export class InterruptedTpm {
  commands = 0
  readonly #interruption: Interruption | undefined

  constructor(interruption?: Interruption) {
    this.#interruption = interruption
  }

  get isLost(): boolean {
    return this.commands >= (this.#interruption?.at ?? Number.POSITIVE_INFINITY)
  }

  async open(socket: { readonly path: string }): Promise<Tpm> {
    const transport = await openSocket(socket, 10_000)
    return new Tpm({ transmit: (command) => this.#transmit(transport, command), close: () => transport.close() })
  }

  async #transmit(transport: TpmTransport, command: Uint8Array): Promise<Uint8Array> {
    if (this.isLost) throw new TpmRefusal('lost', 0x101)
    this.commands++
    if (this.isLost && this.#interruption?.when === 'before') throw new TpmRefusal('lost', 0x101)
    const answer = await transport.transmit(command)
    if (this.isLost) throw new TpmRefusal('lost', 0x101)
    return answer
  }
}
