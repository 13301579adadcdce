// The only door to the native addon. It is optional: everything else in this SDK works without it.
import { UnavailableError } from '../core/index.js'

export type Addon = typeof import('@tresor/native')

/** @throws UnavailableError ERR_ADDON_MISSING */
export async function loadAddon(): Promise<Addon> {
  try {
    return await import('@tresor/native')
  } catch (error) {
    throw explainMissingAddon(error)
  }
}

const remedies = {
  install: 'npm install @tresor/native; configfs-tsm and verification need no addon',
  platform: 'there is no prebuilt addon for this platform: build it from source, or use configfs-tsm, which needs none'
} as const

/** The package is absent, or it has nothing for this platform and says what it looked for. */
function explainMissingAddon(error: unknown): UnavailableError {
  const isInstalled = error instanceof Error && 'code' in error && error.code === 'ERR_ADDON_MISSING'
  const reason = isInstalled ? 'has no addon that loads here' : 'is not installed'
  return new UnavailableError('ERR_ADDON_MISSING', `native addon: @tresor/native ${reason}`, {
    cause: error,
    details: {
      platform: `${process.platform}-${process.arch}`,
      remedy: isInstalled ? remedies.platform : remedies.install
    }
  })
}
