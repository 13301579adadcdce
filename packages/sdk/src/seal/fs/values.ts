// Arguments as node:fs takes them: modes, times, lengths, data and encodings.
import { wrongArgument } from './fs-error.js'

/** Modes of what is made: those of a process with the umask 022. */
const withoutWriteForOthers = 0o755

export function modeOfNew(mode: number | string | undefined | null, fallback: number): number {
  return parseMode(mode ?? fallback) & (withoutWriteForOthers | 0o7000)
}

/** Permission bits as a number, or as text in octal. @throws FsError ERR_INVALID_ARG_VALUE */
export function parseMode(mode: number | string): number {
  const number = typeof mode === 'string' && /^[0-7]+$/.test(mode) ? Number.parseInt(mode, 8) : mode
  if (typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= 0xffff_ffff)
    return number & 0o7777
  throw wrongArgument('ERR_INVALID_ARG_VALUE', 'mode', 'a number or text in octal')
}

/** Milliseconds from what utimes takes: seconds as a number or text, or a date. @throws FsError ERR_INVALID_ARG_TYPE */
export function parseTime(time: number | string | Date, name: string, now: number): number {
  const ms = time instanceof Date ? time.getTime() : typeof time === 'boolean' ? Number.NaN : Number(time) * 1000
  if (!Number.isFinite(ms) || time === '') throw wrongArgument('ERR_INVALID_ARG_TYPE', name, 'a time')
  return ms < 0 && !(time instanceof Date) ? now : ms
}

/** @throws FsError ERR_OUT_OF_RANGE, ERR_INVALID_ARG_TYPE */
export function expectCount(value: unknown, name: string, max: number = Number.MAX_SAFE_INTEGER): number {
  if (typeof value === 'bigint') return expectCount(Number(value), name, max)
  if (typeof value !== 'number') throw wrongArgument('ERR_INVALID_ARG_TYPE', name, 'of type number')
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw wrongArgument('ERR_OUT_OF_RANGE', name, `an integer from 0 to ${max}`)
  }
  return value
}

/** @throws FsError ERR_INVALID_ARG_VALUE */
export function expectEncoding(encoding: string | null | undefined): BufferEncoding | undefined {
  if (encoding === null || encoding === undefined || encoding === 'buffer') return undefined
  if (Buffer.isEncoding(encoding)) return encoding
  throw wrongArgument('ERR_INVALID_ARG_VALUE', 'encoding', 'an encoding that Node knows')
}

/** Options that may be an encoding alone. */
export function readOptions<T extends { readonly encoding?: string | null }>(
  options: T | string | null | undefined
): Partial<T> {
  if (options === null || options === undefined) return {}
  if (typeof options === 'string') return { encoding: options } as Partial<T> // an encoding stands for options with it alone
  if (typeof options === 'object') return options
  throw wrongArgument('ERR_INVALID_ARG_TYPE', 'options', 'a string or an object')
}

/** A view of the bytes of text or of any typed array. @throws FsError ERR_INVALID_ARG_TYPE */
export function bytesOf(data: unknown, encoding: BufferEncoding | undefined): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, encoding)
  if (data instanceof Uint8Array) return data
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  throw wrongArgument(
    'ERR_INVALID_ARG_TYPE',
    'data',
    'of type string or an instance of Buffer, TypedArray, or DataView'
  )
}

export function encodeText(text: string, encoding: BufferEncoding | undefined, asBuffer: boolean): string | Buffer {
  if (asBuffer) return Buffer.from(text)
  return encoding === undefined || encoding === 'utf8' || encoding === 'utf-8'
    ? text
    : Buffer.from(text).toString(encoding)
}
