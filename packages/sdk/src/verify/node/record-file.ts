// A stored item as a file: one line that says what it is, then the raw bytes.
//   tresor-collateral/1 KEY FETCHED-AT LENGTH SHA-256 LF BYTES
// The hash covers what stands before it, and the bytes.
import { createHash } from 'node:crypto'
import { concatBytes, utf8 } from '../../core/index.js'
import type { CollateralRecord } from '../collateral/index.js'

/** Larger files are not read: the largest item is a list of 4 MiB. */
export const maxRecordBytes: number = 16 << 20

const magic = 'tresor-collateral/1'
const maxLineBytes = 512

export function encodeRecord(key: string, { bytes, fetchedAt }: CollateralRecord): Uint8Array {
  return concatBytes(utf8(`${lineOf(key, fetchedAt.toISOString(), bytes)}\n`), bytes)
}

/**
 * The record, `undefined` for a file that is not exactly what `encodeRecord` writes for this key. The hash finds damage; it is no
 * protection against somebody who can write the file, and needs to be none.
 */
export function parseRecord(file: Uint8Array, key: string): CollateralRecord | undefined {
  const end = file.subarray(0, maxLineBytes).indexOf(0x0a)
  if (end < 0) return undefined
  const line = new TextDecoder().decode(file.subarray(0, end))
  const fetchedAt = new Date(line.split(' ')[2] ?? '')
  if (Number.isNaN(fetchedAt.getTime())) return undefined
  const bytes = file.slice(end + 1)
  return line === lineOf(key, fetchedAt.toISOString(), bytes) ? { bytes, fetchedAt } : undefined
}

function lineOf(key: string, fetchedAt: string, bytes: Uint8Array): string {
  const head = [magic, key, fetchedAt, bytes.length].join(' ')
  return `${head} ${createHash('sha256').update(`${head}\n`).update(bytes).digest('hex')}`
}
