// What a file is opened for: the flags of node:fs, as text or as the numbers of `constants`.
import { constants } from 'node:fs'
import { wrongArgument } from './fs-error.js'

export interface OpenFlags {
  readonly canRead: boolean
  readonly canWrite: boolean
  /** Writes go to the end, wherever the caller points. */
  readonly appends: boolean
  readonly creates: boolean
  /** Refuses what exists already. */
  readonly exclusive: boolean
  readonly truncates: boolean
  readonly directoryOnly: boolean
  readonly refusesLinks: boolean
}

const { O_RDONLY, O_WRONLY, O_RDWR, O_APPEND, O_CREAT, O_EXCL, O_TRUNC, O_DIRECTORY, O_NOFOLLOW, O_SYNC } = constants

const numbers: Readonly<Record<string, number>> = {
  r: O_RDONLY,
  rs: O_RDONLY | O_SYNC,
  sr: O_RDONLY | O_SYNC,
  'r+': O_RDWR,
  'rs+': O_RDWR | O_SYNC,
  'sr+': O_RDWR | O_SYNC,
  w: O_TRUNC | O_CREAT | O_WRONLY,
  wx: O_TRUNC | O_CREAT | O_WRONLY | O_EXCL,
  xw: O_TRUNC | O_CREAT | O_WRONLY | O_EXCL,
  'w+': O_TRUNC | O_CREAT | O_RDWR,
  'wx+': O_TRUNC | O_CREAT | O_RDWR | O_EXCL,
  'xw+': O_TRUNC | O_CREAT | O_RDWR | O_EXCL,
  a: O_APPEND | O_CREAT | O_WRONLY,
  ax: O_APPEND | O_CREAT | O_WRONLY | O_EXCL,
  xa: O_APPEND | O_CREAT | O_WRONLY | O_EXCL,
  as: O_APPEND | O_CREAT | O_WRONLY | O_SYNC,
  sa: O_APPEND | O_CREAT | O_WRONLY | O_SYNC,
  'a+': O_APPEND | O_CREAT | O_RDWR,
  'ax+': O_APPEND | O_CREAT | O_RDWR | O_EXCL,
  'xa+': O_APPEND | O_CREAT | O_RDWR | O_EXCL,
  'as+': O_APPEND | O_CREAT | O_RDWR | O_SYNC,
  'sa+': O_APPEND | O_CREAT | O_RDWR | O_SYNC
}

/** @throws TypeError ERR_INVALID_ARG_VALUE */
export function parseFlags(flags: string | number | null | undefined, fallback: string): OpenFlags {
  const given = flags ?? fallback
  const number = typeof given === 'number' ? given : ownNumber(given)
  if (number === undefined || !Number.isInteger(number) || number < 0) {
    throw wrongArgument('ERR_INVALID_ARG_VALUE', 'flags', 'flags of node:fs, such as r, w+ or ax')
  }
  return readNumber(number)
}

function ownNumber(flags: string): number | undefined {
  return Object.hasOwn(numbers, flags) ? numbers[flags] : undefined
}

function readNumber(bits: number): OpenFlags {
  const has = (flag: number) => (bits & flag) === flag
  const access = bits & (O_WRONLY | O_RDWR)
  return {
    canRead: access !== O_WRONLY,
    canWrite: access !== 0,
    appends: has(O_APPEND),
    creates: has(O_CREAT),
    exclusive: has(O_CREAT) && has(O_EXCL),
    truncates: has(O_TRUNC),
    directoryOnly: has(O_DIRECTORY),
    refusesLinks: has(O_NOFOLLOW)
  }
}
