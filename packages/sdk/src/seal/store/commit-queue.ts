// Group commit: what has been decided while one commit was on its way to the disk goes together into the next.
import { afterFailure, type Batch, type Committer, mergeChanges } from './committer.js'

interface Waiting extends Batch {
  resolve(): void
  reject(error: unknown): void
}

export class CommitQueue {
  readonly #committer: Committer
  #waiting: Waiting[] = []
  #running: Promise<void> | undefined
  #failure: Error | undefined

  constructor(committer: Committer) {
    this.#committer = committer
  }

  /** Why nothing can be written any more. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** Resolves when it is durable. Called in the order of the ticks. */
  add(batch: Batch): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...batch, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /** Waits until nothing is under way. Never fails. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  async #run(): Promise<void> {
    await null // whoever is ready now goes along
    while (this.#waiting.length > 0) await this.#commit(this.#waiting.splice(0))
    this.#running = undefined
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    try {
      if (this.#failure !== undefined) throw this.#failure
      await this.#committer.commit(together(group))
    } catch (error) {
      this.#failure ??= afterFailure(error)
      for (const one of group) one.reject(error)
      return
    }
    this.#carryOver()
    for (const one of group) one.resolve()
  }

  /** A merge leaves an empty overlay: what waits must be in it too. */
  #carryOver(): void {
    const { overlay } = this.#committer.version
    if (overlay.bytes > 0) return
    for (const { tick, changes } of this.#waiting) overlay.apply(tick, changes)
  }
}

function together(group: readonly Waiting[]): Batch {
  const last = group.at(-1) as Waiting // never empty
  const pick = <K extends keyof Batch>(name: K) => group.findLast((one) => one[name] !== undefined)?.[name]
  return {
    changes: mergeChanges(group.map(({ changes }) => changes)),
    tick: last.tick,
    nextInode: last.nextInode,
    mustRewrite: pick('mustRewrite'),
    minEpoch: pick('minEpoch'),
    keyring: pick('keyring')
  }
}
