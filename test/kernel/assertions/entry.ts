// An entry of configfs-tsm by way of plain node:fs, a new one for each assertion.
import assert from 'node:assert/strict'
import { closeSync, constants, mkdirSync, openSync, readFileSync, readSync, rmdirSync, writeSync } from 'node:fs'
import { reportDataBytes, reportDirectory } from './world.js'

let entries = 0

/** Makes an entry, uses its path, removes it. */
export function withEntry<T>(use: (path: string) => T): T {
  const path = `${reportDirectory}/assertion-${process.pid}-${entries++}`
  mkdirSync(path)
  try {
    return use(path)
  } finally {
    rmdirSync(path)
  }
}

export function withFile<T>(path: string, flags: number, use: (fd: number) => T): T {
  const fd = openSync(path, flags)
  try {
    return use(fd)
  } finally {
    closeSync(fd)
  }
}

/** Opens for writing and nothing else, writes once, closes. */
export function writeAttribute(path: string, value: Uint8Array | string): void {
  withFile(path, constants.O_WRONLY, (fd) => writeAll(fd, Buffer.from(value)))
}

export function writeAll(fd: number, bytes: Uint8Array): void {
  assert.equal(writeSync(fd, bytes), bytes.length)
}

export function readText(path: string): string {
  return readFileSync(path, 'utf8')
}

export function generation(path: string): number {
  return Number(readText(`${path}/generation`))
}

/** At most `length` bytes from `position`, or from where the file stands. */
export function readSome(fd: number, length: number, position: number | null = null): Buffer {
  const buffer = Buffer.alloc(length)
  return buffer.subarray(0, readSync(fd, buffer, 0, length, position))
}

/** Differs for each seed. */
export function reportData(seed: number): Buffer {
  return Buffer.from(Array.from({ length: reportDataBytes }, (_, i) => (seed * 37 + i * 5) & 0xff))
}

/** Asserts that `operation` fails with this errno. */
export function refuses(code: string, operation: () => unknown): void {
  assert.throws(operation, { code })
}
