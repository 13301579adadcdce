// One question to a service on the host over vsock, by way of the addon.
import { type Addon, loadAddon } from '../../native/index.js'

/** Sends a message that begins with its own length, and returns the answer of the same form, both with the four bytes of length. */
export type HostExchange = (port: number, request: Uint8Array, maxResponse: number) => Promise<Uint8Array>

const hostCid = 2
/** A quote takes a second at most; a host that is slower than this has a problem. */
const timeoutMs = 15_000

/** @throws what the addon throws: the caller knows what it means that nobody is there */
export function exchangeWithHost(load: () => Promise<Pick<Addon, 'vsockRequest'>> = loadAddon): HostExchange {
  return async (port, request, maxResponse) => {
    const { vsockRequest } = await load()
    return vsockRequest({ cid: hostCid, port, request, maxResponse, lengthPrefixed: true, timeoutMs })
  }
}
