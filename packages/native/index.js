// Loads the addon that was built for this platform. Never builds, never looks anywhere else.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const { platform, arch } = process
const libc = platform === 'linux' && readFileSync('/proc/self/maps', 'latin1').includes('/ld-musl-') ? 'musl' : 'glibc'
const file = `./prebuilds/${platform}-${arch}/tresor.${libc}.node`

export const { aead, memory, nsmRequest, snpDerivedKey, snpExtendedReport, snpReport, tdxReport, vsockRequest } = load()

function load() {
  try {
    return createRequire(import.meta.url)(file)
  } catch (cause) {
    const message = `@tresor/native: no addon that loads on ${platform} ${arch} with ${libc} (${file})`
    throw Object.assign(new Error(message, { cause }), { code: 'ERR_ADDON_MISSING', platform, arch, libc, file })
  }
}
