// Intel's keys, pinned by value. Retrieved 2026-11-23. A test holds each against its SHA-256.
import { decodeBase64 } from '../../encoding/base64.js'

export interface IntelKey {
  readonly sourceUrl: string
  /** Hex SHA-256 of the DER SubjectPublicKeyInfo. */
  readonly sha256: string
  /** Base64 of the DER SubjectPublicKeyInfo. */
  readonly spki: string
}

/** Root of PCK certificates, their lists, and signed collateral. The certificate around it has been re-encoded, the key not. */
export const intelRoot: IntelKey = {
  sourceUrl: 'https://certificates.trustedservices.intel.com/Intel_SGX_Provisioning_Certification_RootCA.cer',
  sha256: 'a0af031289f5d5d4132f9186068a7fc13628633ba235777472e29b6b6c67a49e',
  spki: 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEC6nEwMDIYZOj/iPWsCzaEKi71OiOSLRFhWGjbnBVJfVnkY4u3IjkDYYL0MxO4mqsyYjlBalTVYxFP2sJBK5zlA=='
}

/** "Intel SGX TCB Signing": one key in three certificates so far. For collateral that comes without its issuer chain. */
export const intelTcbSigning: IntelKey = {
  sourceUrl: 'https://api.trustedservices.intel.com/sgx/certification/v4/qe/identity',
  sha256: 'bd7d4b9c805d92607dee34683a104abfa7b2a487e06af2edf0740a8666cbc22f',
  spki: 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEQ0UbzHPJ1ZF8r3ZuYa8/6YCH3U8TJXsmHoUYl3md0T1oEftHcTgDu5uuWH/M3cLjG+mii4aWKsxtr5baWO7Klg=='
}

/** The root's DER SubjectPublicKeyInfo. */
export const intelRootSpki: Uint8Array = /* @__PURE__ */ spkiOfIntelKey(intelRoot)

/** DER SubjectPublicKeyInfo. */
export function spkiOfIntelKey(key: IntelKey): Uint8Array {
  return decodeBase64(key.spki)
}
