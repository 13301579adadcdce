// Injectors of grpc-js by generation: one ends all of its connections in good order, so connections of about the same age share one.
import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { type Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js'

type Injector = ReturnType<GrpcServer['createConnectionInjector']>

const generations = 8

export class Injectors {
  readonly #grpc: GrpcServer
  readonly #maxAgeMs: number | undefined
  #current: Injector | undefined
  #since = 0

  constructor(grpc: GrpcServer, maxAgeMs: number | undefined) {
    this.#grpc = grpc
    this.#maxAgeMs = maxAgeMs
  }

  inject(socket: Socket): void {
    if (this.#current === undefined || this.#isOver()) this.#current = this.#begin()
    this.#current.injectConnection(socket)
  }

  #isOver(): boolean {
    return this.#maxAgeMs !== undefined && performance.now() - this.#since > this.#maxAgeMs / generations
  }

  /** Clients are told to go away when the first of a generation is as old as it may become; calls under way are finished. */
  #begin(): Injector {
    const injector = this.#grpc.createConnectionInjector(ServerCredentials.createInsecure()) // TLS is ours
    this.#since = performance.now()
    if (this.#maxAgeMs !== undefined) setTimeout(() => injector.destroy(), this.#maxAgeMs).unref()
    return injector
  }
}
