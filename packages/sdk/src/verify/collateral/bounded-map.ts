// A map with an upper bound that forgets what was used least recently. What hostile peers can add to must not grow.

export class BoundedMap<V> {
  readonly #limit: number
  readonly #values = new Map<string, V>()
  /** The key at the end: most uses are of the one that was used last, and cost nothing more. */
  #newest: string | undefined

  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#values.size
  }

  /** Counts as a use. */
  get(key: string): V | undefined {
    const value = this.#values.get(key)
    if (value !== undefined && key !== this.#newest) this.#moveToEnd(key, value)
    return value
  }

  set(key: string, value: V): void {
    this.#moveToEnd(key, value)
    if (this.#values.size <= this.#limit) return
    const [oldest] = this.#values.keys()
    if (oldest !== undefined) this.#values.delete(oldest)
  }

  delete(key: string): void {
    this.#values.delete(key)
  }

  /** From the least recently used on. */
  keys(): readonly string[] {
    return [...this.#values.keys()]
  }

  #moveToEnd(key: string, value: V): void {
    this.#values.delete(key)
    this.#values.set(key, value)
    this.#newest = key
  }
}
