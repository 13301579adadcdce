// Plain connections to what stands beside the proxy, and the TCP below attested ones.
import { connect, type Socket } from 'node:net'
import type { Address } from './address.js'

/** How long an idle peer may be silent before TCP asks whether it is still there. */
export const keepAliveMs = 60_000

export interface Dial {
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

/** A connection to `address`, open. Rejects with the error of the system, or one that says that time is over. */
export function dial(address: Address, { timeoutMs, signal }: Dial): Promise<Socket> {
  const socket = connect({
    ...(address.kind === 'unix' ? { path: address.path } : { host: address.host ?? 'localhost', port: address.port }),
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: keepAliveMs
  })
  return new Promise((resolve, reject) => {
    const stop = (): unknown => socket.destroy(new Error('nobody waits for it any more'))
    const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
    const finish = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
      socket.off('error', onError)
    }
    const onError = (error: Error): void => {
      finish()
      reject(error)
    }
    socket.once('error', onError)
    socket.once('connect', () => {
      finish()
      resolve(socket)
    })
    if (signal?.aborted === true) stop()
    else signal?.addEventListener('abort', stop, { once: true })
  })
}
