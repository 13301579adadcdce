// The many ways in which FileHandle.read and write take their arguments (Node's documentation of FileHandle).
import { wrongArgument } from './fs-error.js'
import { bytesOf, expectCount, expectEncoding } from './values.js'

type Position = number | bigint | null | undefined

export interface ReadOptions<B extends ArrayBufferView = Buffer> {
  readonly buffer?: B
  readonly offset?: number | null
  readonly length?: number | null
  /** Where to read from; without it, where the last read or write ended. */
  readonly position?: Position
}

export interface WriteOptions {
  readonly offset?: number | null
  readonly length?: number | null
  readonly position?: Position
}

/** What is to be read or written: bytes of the caller's buffer, and where. */
export interface Transfer<B> {
  readonly buffer: B
  readonly bytes: Uint8Array
  readonly position: number | undefined
}

const defaultReadBytes = 16_384

export function readTransfer<B extends ArrayBufferView>(
  target: B | ReadOptions<B> | null | undefined,
  offsetOrOptions: number | ReadOptions<B> | null | undefined,
  length: number | null | undefined,
  position: Position
): Transfer<B> {
  if (!ArrayBuffer.isView(target)) {
    const buffer = target?.buffer ?? (Buffer.alloc(defaultReadBytes) as ArrayBufferView as B) // the default of B is Buffer
    return readTransfer(buffer, target ?? {}, undefined, undefined)
  }
  const options = isOptions(offsetOrOptions) ? offsetOrOptions : { offset: offsetOrOptions, length, position }
  const bytes = options.length === 0 ? new Uint8Array(0) : part(target, options.offset, options.length)
  return { buffer: target, bytes, position: parsePosition(options.position) }
}

export function writeTransfer<B extends ArrayBufferView | string>(
  data: B,
  offsetOrPosition: number | bigint | WriteOptions | null | undefined,
  lengthOrEncoding: number | string | null | undefined,
  position: Position
): Transfer<B> {
  if (typeof data === 'string') return writeText(data, offsetOrPosition, lengthOrEncoding)
  if (!ArrayBuffer.isView(data)) bytesOf(data, undefined)
  const options = isOptions(offsetOrPosition)
    ? offsetOrPosition
    : { offset: countOf(offsetOrPosition), length: countOf(lengthOrEncoding), position }
  return { buffer: data, bytes: part(data, options.offset, options.length), position: writePosition(options.position) }
}

function writeText<B extends string>(data: B, position: unknown, encoding: unknown): Transfer<B> {
  const known = expectEncoding(typeof encoding === 'string' ? encoding : undefined)
  return { buffer: data, bytes: bytesOf(data, known), position: writePosition(position) }
}

/** @throws FsError ERR_OUT_OF_RANGE, ERR_INVALID_ARG_TYPE */
export function parsePosition(position: unknown): number | undefined {
  if (position === null || position === undefined || position === -1 || position === -1n) return undefined
  return expectCount(position, 'position')
}

/** What is no number stands for the current position. */
function writePosition(position: unknown): number | undefined {
  return typeof position === 'number' || typeof position === 'bigint' ? parsePosition(position) : undefined
}

function part(view: ArrayBufferView, offset: number | null | undefined, length: number | null | undefined): Uint8Array {
  const from = offset === null || offset === undefined ? 0 : expectCount(offset, 'offset')
  if (from > view.byteLength) throw wrongArgument('ERR_OUT_OF_RANGE', 'offset', `at most ${view.byteLength}`)
  const most = view.byteLength - from
  if (most === 0 && from === 0 && Number(length) > 0)
    throw wrongArgument('ERR_INVALID_ARG_VALUE', 'buffer', 'not empty')
  const count = length === null || length === undefined ? most : expectCount(length, 'length', most)
  return new Uint8Array(view.buffer, view.byteOffset + from, count)
}

function isOptions<T extends object>(value: T | number | bigint | null | undefined): value is T {
  return typeof value === 'object' && value !== null
}

function countOf(value: number | bigint | string | null | undefined): number | null {
  return value === null || value === undefined ? null : expectCount(value, 'offset')
}
