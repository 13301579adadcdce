// One after the other.

export class Lock {
  #last: Promise<unknown> = Promise.resolve()

  /** Runs `work` when what came before has ended, well or not. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work, work)
    this.#last = result.catch(() => undefined)
    return result
  }

  /** Resolves when it is the caller's; the caller calls the result, once. */
  acquire(): Promise<() => void> {
    return new Promise((resolve) => {
      void this.run(() => new Promise<void>((release) => resolve(() => release())))
    })
  }
}
