// A service of collateral in memory: items are JSON with their key and dates, and requests are counted.
import { EvidenceError, utf8 } from '../../../packages/sdk/src/core/index.js'
import type { CollateralItem } from '../../../packages/sdk/src/verify/collateral/index.js'

export interface Ticket {
  readonly key: string
  readonly serial: number
  readonly notBefore: Date
  readonly notAfter: Date
}

export type Answer = () => Response | Promise<Response>

export interface FakeService {
  readonly fetch: typeof globalThis.fetch
  /** Paths in the order of the requests. */
  readonly requests: readonly string[]
  /** How it answers from now on. Default: properly. */
  answer: Answer | undefined
  /** Dates of the tickets that it hands out. */
  dates: readonly [notBefore: string, notAfter: string]
}

export function fakeService(): FakeService {
  const requests: string[] = []
  const service: FakeService = {
    requests,
    answer: undefined,
    dates: ['2026-01-01T00:00:00Z', '2026-01-11T00:00:00Z'],
    fetch: async (input, init) => {
      const { pathname } = new URL(String(input))
      requests.push(pathname)
      const response = await untilAborted(init?.signal, async () => (service.answer ?? (() => issue(pathname)))())
      return response
    }
  }
  const issue = (path: string): Response => new Response(ticketText(path.slice(1), requests.length, service.dates))
  return service
}

export function ticketText(key: string, serial: number, [notBefore, notAfter]: FakeService['dates']): string {
  return JSON.stringify({ key, serial, notBefore, notAfter })
}

export function ticketItem(key = 'ticket', changes: Partial<CollateralItem<Ticket>> = {}): CollateralItem<Ticket> {
  return {
    type: 'ticket',
    key,
    service: 'office',
    baseUrl: 'https://office.example',
    path: `/${key}`,
    maxBytes: 1000,
    accept: ['application/json'],
    parse: (bytes) => parseTicket(bytes, key),
    validity: (ticket) => ticket,
    ...changes
  }
}

function parseTicket(bytes: Uint8Array, key: string): Ticket {
  const text = new TextDecoder().decode(bytes)
  const [, found, serial, notBefore = '', notAfter = ''] =
    /^\{"key":"([^"]*)","serial":(\d+),"notBefore":"([^"]*)","notAfter":"([^"]*)"\}$/.exec(text) ?? []
  if (found !== key) throw new EvidenceError('ERR_COLLATERAL_FORMAT', `ticket: expected ${key}`)
  return { key, serial: Number(serial), notBefore: new Date(notBefore), notAfter: new Date(notAfter) }
}

export const bytesOf = utf8

async function untilAborted<T>(signal: AbortSignal | null | undefined, work: () => Promise<T>): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  return Promise.race([work(), aborted])
}
