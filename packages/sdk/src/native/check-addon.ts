// Whether the native addon is there, for reports about this machine.
import { loadAddon } from './addon.js'

/**
 * Succeeds where the addon loads.
 * @throws UnavailableError ERR_ADDON_MISSING
 */
export async function checkAddon(): Promise<void> {
  await loadAddon()
}
