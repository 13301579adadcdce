// The only door to the native addon. It is optional: everything else in this SDK works without it.
import { UnavailableError } from '../../core/index.js'

/** What this SDK uses of the addon. */
export interface Addon {
  snpGetExtReport(request: { readonly reportData: Uint8Array; readonly vmpl: number }): Promise<{
    readonly response: Uint8Array
    readonly certificates: Uint8Array
  }>
  snpGetDerivedKey(request: Uint8Array): Promise<Uint8Array>
}

/** @throws UnavailableError ERR_ADDON_MISSING */
export async function loadAddon(): Promise<Addon> {
  try {
    const name: string = '@tresor/native'
    return await import(name)
  } catch (error) {
    throw new UnavailableError('ERR_ADDON_MISSING', 'native addon: @tresor/native is not installed or does not load', {
      cause: error,
      details: {
        remedy: 'npm install @tresor/native (linux x64 and arm64); configfs-tsm and verification need no addon'
      }
    })
  }
}
