// A provider obtains evidence from one interface of one kind of TEE.
import type { Evidence, EvidenceKind } from '../evidence/index.js'

export interface CollectRequest {
  /** Exactly 64 bytes that the evidence will cover. */
  readonly reportData: Uint8Array
  /** Ends the waiting. A request that the kernel already has runs to its end. */
  readonly signal?: AbortSignal
}

export interface EvidenceProvider {
  readonly kind: EvidenceKind
  /** The interface, for example `snp-configfs`, `snp-device`, `simulator`. */
  readonly name: string
  /** True when the evidence proves nothing. */
  readonly simulated: boolean
  /**
   * Asks for evidence over `reportData`. Requests to one device are made one at a time, in order.
   * @throws UnavailableError ERR_DEVICE_MISSING, ERR_DEVICE_PERMISSION, ERR_DEVICE_BUSY, ERR_DEVICE_REFUSED,
   * ERR_DEVICE_KEY_LOST, ERR_DEVICE_RESPONSE, ERR_ADDON_MISSING, ERR_ABORTED
   */
  collect(request: CollectRequest): Promise<Evidence>
}
