// RA-TLS certificates by themselves: from a file, from another TLS library, from wherever.
import { expectBytes, expectOptions, systemClock } from '../../core/index.js'
import { createVerifiers, type PeerOptions } from '../peer-options.js'
import { shortestNonce } from './claims.js'
import { type CertificateVerdict, judgeCertificate } from './judge-certificate.js'

export interface VerifyRaTlsOptions extends Pick<PeerOptions, 'policy' | 'collateral' | 'unsafeExtraRoots' | 'clock'> {
  /** That this caller had asked for. Without one, evidence may be as old as the certificate. */
  readonly nonce?: Uint8Array
}

const keys = ['policy', 'collateral', 'unsafeExtraRoots', 'clock', 'nonce'] as const

/**
 * Verifies an RA-TLS certificate by itself.
 * @param der one certificate
 * @throws EvidenceError, PolicyError, UnavailableError as `verify`; EvidenceError ERR_CERTIFICATE_EXPIRED, ERR_CERTIFICATE_NOT_YET_VALID,
 * ERR_CERTIFICATE_FORMAT, ERR_CERTIFICATE_SIGNATURE, ERR_TLS_BINDING; PolicyError ERR_POLICY_UNATTESTED for a certificate without evidence
 * @throws UsageError ERR_USAGE_OPTION, ERR_USAGE_POLICY, ERR_USAGE_POLICY_EMPTY
 * @example
 * const { spki, claims } = await verifyRaTlsCertificate(der, { policy })
 */
export async function verifyRaTlsCertificate(
  der: Uint8Array,
  options: VerifyRaTlsOptions
): Promise<CertificateVerdict> {
  expectOptions(options, keys, 'verifyRaTlsCertificate')
  const { clock = systemClock } = options
  const nonce = options.nonce === undefined ? undefined : expectBytes(options.nonce, [shortestNonce, 64], 'nonce')
  const verifiers = createVerifiers(options, 'verifyRaTlsCertificate')
  return judgeCertificate(verifiers, expectBytes(der, [1, 1 << 20], 'certificate'), clock(), nonce)
}
