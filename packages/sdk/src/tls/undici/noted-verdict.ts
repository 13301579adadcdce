// Tells who sent a request which verdict its connection has. A dispatcher hands the options of a request on as they are, down to the
// connection that carries it: that is how the two ends find each other, and no header is needed.
import type { Dispatcher } from 'undici'
import type { Verdict } from '../verdict.js'

type Options = Dispatcher.DispatchOptions
type Handler = Dispatcher.DispatchHandler
type Note = (verdict: Verdict | undefined) => void

const notes = new WeakMap<Options, Note>()

/** The same options. `note` gets the verdict on the connection, when the request begins on it; again, where it begins on another. */
export function askForVerdict(options: Options, note: Note): Options {
  const own = { ...options }
  notes.set(own, note)
  return own
}

/** The handler for the request of `options`, on a connection whose verdict `read` gives. */
export function answerWithVerdict(options: Options, handler: Handler, read: () => Verdict | undefined): Handler {
  const note = notes.get(options)
  return note === undefined ? handler : callBefore(handler, () => note(read()))
}

/** Of both styles of handlers that undici 7 knows: it tells them apart by the methods that they have. */
const beginnings = ['onRequestStart', 'onConnect'] as const
const others = [
  'onRequestUpgrade',
  'onResponseStart',
  'onResponseData',
  'onResponseEnd',
  'onResponseError',
  'onUpgrade',
  'onResponseStarted',
  'onHeaders',
  'onData',
  'onComplete',
  'onError',
  'onBodySent',
  'onRequestSent'
] as const

type Method = (...values: unknown[]) => unknown

function callBefore(handler: Handler, first: () => void): Handler {
  const methods = [...beginnings, ...others].flatMap((name) => {
    const method: unknown = Reflect.get(handler, name)
    if (typeof method !== 'function') return []
    const call: Method = (...values) => {
      if (isBeginning(name)) first()
      return method.apply(handler, values)
    }
    return [[name, call] as const]
  })
  return Object.fromEntries(methods)
}

function isBeginning(name: string): boolean {
  return (beginnings as readonly string[]).includes(name) // widened to compare
}
