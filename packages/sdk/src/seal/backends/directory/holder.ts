// Who holds the lock of a directory, and whether that process still lives.
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { isPlainObject } from '../../../core/index.js'

export interface Holder {
  readonly host: string
  readonly pid: number
  /** In clock ticks after boot (proc(5), stat, field 22): a number of a process that was used again has another. Empty where unknown. */
  readonly startTime: string
  readonly bootId: string
  readonly pidNamespace: string
}

/** `unknown`: it runs on another machine, in another container, or before the last reboot. */
export type Life = 'alive' | 'dead' | 'unknown'

export function describeSelf(): Holder {
  return {
    host: hostname().slice(0, 255),
    pid: process.pid,
    startTime: startTimeOf(process.pid) ?? '',
    bootId: readOr('/proc/sys/kernel/random/boot_id'),
    pidNamespace: namespaceOfSelf()
  }
}

export function isAlive(holder: Holder, self: Holder = describeSelf()): Life {
  if (holder.bootId !== self.bootId || holder.pidNamespace !== self.pidNamespace) return 'unknown'
  if (self.bootId !== '') return startTimeOf(holder.pid) === holder.startTime ? 'alive' : 'dead'
  return holder.host === self.host ? signal(holder.pid) : 'unknown'
}

export function encodeHolder(holder: Holder): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(holder)}\n`)
}

/** `undefined` for anything but what `encodeHolder` writes: the host may have written it. */
export function parseHolder(bytes: Uint8Array): Holder | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    if (!isPlainObject(value)) return undefined
    const { host, pid, startTime, bootId, pidNamespace } = value
    if (!isPid(pid) || !isText(host) || !isText(startTime) || !isText(bootId) || !isText(pidNamespace)) return undefined
    return { host, pid, startTime, bootId, pidNamespace }
  } catch {
    return undefined
  }
}

function isPid(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
}

/** Printable, so that a message may repeat it. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && /^[\x20-\x7e]{0,255}$/.test(value)
}

function startTimeOf(pid: number): string | undefined {
  const stat = readOr(`/proc/${pid}/stat`)
  return stat === '' ? undefined : stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}

function namespaceOfSelf(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}

function signal(pid: number): Life {
  try {
    process.kill(pid, 0)
    return 'alive'
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EPERM'
    return isThere ? 'alive' : 'dead'
  }
}
