// Which TPM, and which PCRs.
import { expectBytes, expectInteger, isPlainObject, UsageError } from '../../core/index.js'
import { maxPcr, type PcrValues } from './pcr.js'
import type { TpmAddress } from './transport.js'

/** `{ device: true }` is `/dev/tpmrm0`. A socket carries bare commands (swtpm); whoever listens there is the TPM. */
export type TpmOptions = TpmAddress & {
  /** Authorization of the owner hierarchy. Default: none, as most TPMs have it. */
  readonly ownerAuth?: Uint8Array
}

export interface TpmPlace {
  readonly address: TpmAddress
  readonly ownerAuth: Uint8Array
}

/** @throws UsageError ERR_USAGE_OPTION */
export function expectTpmOptions(options: TpmOptions, what: string): TpmPlace {
  const given: object = options
  if (!isPlainObject(given)) throw wrong(`${what}: expected an object`)
  const names = Object.keys(given).filter((name) => name !== 'ownerAuth')
  if (names.length !== 1) throw wrong(`${what}: expected either device or socket, and ownerAuth at most`)
  return {
    address: expectAddress(options),
    ownerAuth: new Uint8Array(expectBytes(options.ownerAuth ?? new Uint8Array(0), [0, 32], 'ownerAuth'))
  }
}

function expectAddress(address: TpmAddress): TpmAddress {
  if ('device' in address) {
    if (address.device === true) return { device: true }
    throw wrong('device: expected true; its path is fixed')
  }
  const socket: unknown = address.socket
  if (isPlainObject(socket)) {
    const { path, host, port } = socket
    if (typeof path === 'string' && path !== '' && Object.keys(socket).length === 1) return { socket: { path } }
    if (typeof host === 'string' && host !== '' && Object.keys(socket).length === 2) {
      return { socket: { host, port: expectInteger(port, [1, 65_535], 'port') } }
    }
  }
  throw wrong('socket: expected { path } or { host, port }')
}

/**
 * Numbers, ascending, or values by number.
 * @throws UsageError ERR_USAGE_OPTION
 */
export function expectPcrs(pcrs: unknown): readonly number[] | PcrValues {
  if (Array.isArray(pcrs)) return expectNumbers(pcrs)
  if (!isPlainObject(pcrs)) throw wrong('pcrs: expected numbers, or values by number')
  const numbers = expectNumbers(Object.keys(pcrs).map(Number))
  return new Map(numbers.map((pcr) => [pcr, new Uint8Array(expectBytes(pcrs[pcr], 32, `pcrs[${pcr}]`))]))
}

/** An empty list would open for everybody. */
function expectNumbers(pcrs: readonly unknown[]): readonly number[] {
  const numbers = pcrs.map((pcr) => expectInteger(pcr, [0, maxPcr], 'pcrs')).toSorted((a, b) => a - b)
  if (numbers.length === 0 || new Set(numbers).size !== numbers.length) {
    throw wrong('pcrs: expected at least one, and each once')
  }
  return numbers
}

function wrong(message: string): UsageError {
  return new UsageError('ERR_USAGE_OPTION', message)
}
