// The entry point to derived keys, for whatever detect found.
import { UsageError } from '../../core/index.js'
import type { EvidenceProvider } from '../provider.js'
import type { SnpKeyDeriver, SnpKeyRequest } from './derived-key.js'
import { snpDevice } from './device.js'

/**
 * 32 bytes that the firmware gives to this guest again and again, and to no guest in which a field of `request.fields` differs.
 * The caller wipes them.
 *
 * What it does not guarantee: the key is bound to the chip, so it is lost with the machine and after a migration to another;
 * with few fields other guests of the same host get the same key; without `measurement` in the fields any software does; and
 * `tcbVersion` and `guestSvn` are what the caller asks for, up to the limits of the launch, so older values stay available.
 * configfs-tsm gives no keys: the device is used, which needs the addon.
 *
 * @throws UsageError ERR_USAGE_OPTION
 * @throws UnavailableError as `EvidenceProvider.collect`
 */
export async function deriveSnpKey(
  tee: EvidenceProvider | { readonly provider: EvidenceProvider },
  request: SnpKeyRequest,
  options: { readonly signal?: AbortSignal } = {}
): Promise<Uint8Array> {
  return deriverOf('provider' in tee ? tee.provider : tee).deriveKey(request, options)
}

function deriverOf(provider: EvidenceProvider & Partial<SnpKeyDeriver>): SnpKeyDeriver {
  const { deriveKey } = provider
  if (deriveKey !== undefined) return { deriveKey: (request, options) => deriveKey.call(provider, request, options) }
  if (provider.kind === 'snp' && !provider.simulated) return snpDevice()
  throw new UsageError('ERR_USAGE_OPTION', `tee: the provider ${provider.name} derives no keys`, {
    details: { field: 'tee' }
  })
}
