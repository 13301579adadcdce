// A platform as Intel's registration service knows it: its family, its identifiers, and its versions. A machine in use in 2026.
import { deriveBytes } from './p256-key.js'
import type { PckCa } from './vendor.js'

export interface IntelPlatform {
  /** 32 bytes from which its keys and identifiers follow. */
  readonly secret: Uint8Array
  readonly ca: PckCa
  /** 6 bytes: family, model, stepping, platform type. */
  readonly fmspc: Uint8Array
  /** 2 bytes. */
  readonly pceId: Uint8Array
  /** 16 bytes each. */
  readonly ppid: Uint8Array
  readonly cpuSvn: Uint8Array
  readonly platformInstanceId: Uint8Array
  /** 16 of them. */
  readonly sgxComponents: readonly number[]
  readonly pceSvn: number
  readonly dynamicPlatform: boolean
  readonly cachedKeys: boolean
  readonly smtEnabled: boolean
}

const components = [3, 3, 2, 2, 4, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0]

export function createIntelPlatform(secret: Uint8Array, ca: PckCa = 'platform'): IntelPlatform {
  return {
    secret,
    ca,
    fmspc: Uint8Array.of(0x90, 0xc0, 0x6f, 0, 0, 0),
    pceId: new Uint8Array(2),
    ppid: deriveBytes(secret, 'ppid', 16),
    cpuSvn: Uint8Array.from(components),
    platformInstanceId: deriveBytes(secret, 'platform instance', 16),
    sgxComponents: components,
    pceSvn: 13,
    dynamicPlatform: true,
    cachedKeys: true,
    smtEnabled: true
  }
}
