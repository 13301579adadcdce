// One request at a time, in order: the driver keeps a sequence number that two requests at once, or one broken off, would spoil.
import { UnavailableError } from '../core/index.js'

export class RequestQueue {
  #last: Promise<unknown> = Promise.resolve()

  /**
   * Runs `task` when all earlier ones have ended. `signal` ends the waiting of the caller: a task that has begun runs to its
   * end and the next one still waits for it; a task that has not begun never does.
   * @throws UnavailableError ERR_ABORTED
   */
  run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted) return Promise.reject(aborted(signal))
    const result = this.#last.then(() => {
      if (signal?.aborted) throw aborted(signal)
      return task()
    })
    this.#last = result.then(forget, forget)
    return signal === undefined ? result : untilAborted(result, signal)
  }
}

/** Follows `work`, unless `signal` is faster. `work` itself goes on. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(aborted(signal))
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

export function aborted(signal: AbortSignal): UnavailableError {
  return new UnavailableError('ERR_ABORTED', 'request for evidence: the caller stopped waiting', {
    cause: signal.reason
  })
}

/** The outcome belongs to whoever asked; the queue only needs to know that it is over. */
function forget(): undefined {
  return undefined
}
