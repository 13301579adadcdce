// What a proxy counts. Numbers survive a reload: they belong to the name of a route, not to its settings.
import { Histogram } from './histogram.js'

/** Bytes of an open connection, read when somebody asks: in from whoever has connected, out to them. */
export interface Meter {
  bytes(): { readonly in: number; readonly out: number }
}

export class RouteStats {
  connections = 0
  readonly handshakes: Histogram = new Histogram()
  readonly refused: Map<string, number> = new Map()
  /** Of mode http, by class of status: `2xx`. */
  readonly responses: Map<string, number> = new Map()
  readonly #open = new Set<Meter>()
  #finished = { in: 0, out: 0 }

  get open(): number {
    return this.#open.size
  }

  begin(meter: Meter): void {
    this.connections++
    this.#open.add(meter)
  }

  end(meter: Meter): void {
    if (this.#open.delete(meter)) this.#finished = sum(this.#finished, meter.bytes())
  }

  bytes(): { readonly in: number; readonly out: number } {
    return [...this.#open].reduce((total, meter) => sum(total, meter.bytes()), this.#finished)
  }

  refuse(code: string): void {
    increment(this.refused, code)
  }

  respond(status: number): void {
    increment(this.responses, `${Math.trunc(status / 100)}xx`)
  }
}

export class ProxyStats {
  readonly routes: Map<string, RouteStats> = new Map()
  readonly quotes: Histogram = new Histogram()
  readonly reloads: { done: number; failed: number } = { done: 0, failed: 0 }
  quoteFailures = 0

  of(route: string): RouteStats {
    const stats = this.routes.get(route) ?? new RouteStats()
    this.routes.set(route, stats)
    return stats
  }

  /** Routes that are no more. */
  keepOnly(names: readonly string[]): void {
    for (const [name, { open }] of this.routes) if (!names.includes(name) && open === 0) this.routes.delete(name)
  }
}

function increment(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

function sum<T extends { readonly in: number; readonly out: number }>(a: T, b: T): { in: number; out: number } {
  return { in: a.in + b.in, out: a.out + b.out }
}
