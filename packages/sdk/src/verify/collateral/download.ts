// One request to a service of collateral, with every limit enforced while bytes arrive. The service and whoever stands between
// are not trusted: they may stall, truncate, lie about lengths, redirect, or send a web page.
import { concatBytes, UnavailableError } from '../../core/index.js'
import type { CollateralItem } from './collateral.js'
import { networkFailure, rejectStatus, responseFailure } from './download-failure.js'
import type { Settings } from './options.js'
import { urlOf } from './services.js'

export interface Answer {
  readonly body: Uint8Array
  header(name: string): string | null
}

/**
 * Downloads an item once.
 * @throws UnavailableError ERR_COLLATERAL_NETWORK, ERR_COLLATERAL_RATE_LIMIT, ERR_COLLATERAL_RESPONSE, ERR_ABORTED
 */
export async function download(
  item: CollateralItem<unknown>,
  settings: Settings,
  signal: AbortSignal
): Promise<Answer> {
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), settings.timeoutMs)
  try {
    return await request(item, settings, AbortSignal.any([signal, deadline.signal]))
  } catch (cause) {
    if (signal.aborted) throw new UnavailableError('ERR_ABORTED', `${item.type}: nobody waits any more`, { cause })
    if (deadline.signal.aborted) throw networkFailure(item, `no whole answer within ${settings.timeoutMs} ms`, cause)
    throw cause
  } finally {
    clearTimeout(timer)
  }
}

async function request(item: CollateralItem<unknown>, settings: Settings, signal: AbortSignal): Promise<Answer> {
  const response = await send(item, settings, signal)
  try {
    rejectStatus(item, response, settings.clock())
    const body = await readBody(item, response)
    rejectWebPage(item, response, body)
    return { body, header: (name) => response.headers.get(name) }
  } catch (error) {
    await discard(response)
    throw error
  }
}

async function send(item: CollateralItem<unknown>, settings: Settings, signal: AbortSignal): Promise<Response> {
  const url = urlOf(item, settings.services)
  const headers = { accept: item.accept.join(', ') }
  try {
    return await settings.fetch(url, { headers, signal, redirect: 'manual', credentials: 'omit', cache: 'no-store' })
  } catch (cause) {
    throw networkFailure(item, 'the service cannot be reached', cause)
  }
}

async function readBody(item: CollateralItem<unknown>, response: Response): Promise<Uint8Array> {
  if (Number(response.headers.get('content-length') ?? 0) > item.maxBytes) throw tooLarge(item)
  if (response.body === null) throw responseFailure(item, 'the answer is empty')
  const reader = response.body.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await read(item, reader)
    if (done || value === undefined) break
    length += value.length
    if (length > item.maxBytes) throw tooLarge(item, reader)
    chunks.push(value)
  }
  if (length === 0) throw responseFailure(item, 'the answer is empty')
  return concatBytes(...chunks)
}

type BodyReader = ReadableStreamDefaultReader<Uint8Array>

async function read(
  item: CollateralItem<unknown>,
  reader: BodyReader
): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }> {
  try {
    return await reader.read()
  } catch (cause) {
    throw networkFailure(item, 'the answer breaks off', cause)
  }
}

/** Media types are often wrong, and the item's own parser decides; a web page is worth a clearer sentence. */
function rejectWebPage(item: CollateralItem<unknown>, response: Response, body: Uint8Array): void {
  const isHtml = (response.headers.get('content-type') ?? '').toLowerCase().startsWith('text/html')
  if (!isHtml && body[0] !== 0x3c) return
  throw responseFailure(item, 'the answer is a web page; a proxy or login page may stand between')
}

function tooLarge(item: CollateralItem<unknown>, reader?: BodyReader): UnavailableError {
  reader?.releaseLock()
  return responseFailure(item, `the answer has more than ${item.maxBytes} bytes`)
}

/** Ends the connection of an answer that is not wanted. It may have broken already: then there is nothing to end. */
async function discard(response: Response): Promise<void> {
  if (response.body === null || response.body.locked) return
  await response.body.cancel().catch(() => undefined)
}
