// Makes RA-TLS certificates: on a key of this process, with evidence over that key.
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import {
  type Clock,
  expectBytes,
  expectFunction,
  expectInteger,
  expectOneOf,
  expectOptions,
  expectString,
  systemClock,
  UnavailableError
} from '../../core/index.js'
import { derOctetString } from '../../encoding/index.js'
import { encodePem } from '../../encoding/pem.js'
import { encodeEvidence } from '../../evidence/cmw/encode-evidence.js'
import type { Evidence } from '../../evidence/index.js'
import {
  basicConstraintsExtension,
  buildName,
  type Extension,
  encodeTbsCertificate,
  keyUsageExtension,
  sealCertificate
} from '../../x509/index.js'
import { type EvidenceSource, providerOf } from '../options.js'
import { cccOid, encodeCccEndorsements, encodeCccEvidence } from './ccc.js'
import { type ClaimedValidity, claimsReportData, encodeClaims, shortestNonce } from './claims.js'
import { cmwOid, type RaTlsFormat } from './evidence.js'

export interface RaTlsCertificateOptions {
  readonly provider: EvidenceSource
  /** `ccc`: CBOR under tag 60000, for Intel's TEEs. `cmw`: a Conceptual Message Wrapper, for all. Default `ccc` where it is possible. */
  readonly format?: RaTlsFormat
  /** From now on. Default one hour. The evidence covers it: nobody can stretch it. */
  readonly lifetimeMs?: number
  /** Of a verifier that asked for this certificate: 16 to 64 bytes. */
  readonly nonce?: Uint8Array
  /** The name of the subject. Verifiers go by the evidence. Default `tresor RA-TLS`. */
  readonly commonName?: string
  readonly clock?: Clock
  readonly signal?: AbortSignal
}

export interface RaTlsCertificate {
  /** PEM, PKCS #8, on P-256. Made in this process, never written anywhere. */
  readonly key: string
  /** PEM. */
  readonly cert: string
  /** DER of the certificate. */
  readonly der: Uint8Array
  readonly format: RaTlsFormat
  readonly notAfter: Date
}

const keys = ['provider', 'format', 'lifetimeMs', 'nonce', 'commonName', 'clock', 'signal'] as const
const defaultLifetimeMs = 3_600_000
/** For verifiers whose clock is behind. */
const skewMs = 300_000
/** OpenSSL takes certificate messages of about 100 KB; verifiers of ours read 64 KiB. */
const maxCertificateBytes = 1 << 16

/**
 * A self-signed certificate on a new key of this process, with evidence that the key was made here. It proves less than an exchange of
 * `@tresor/sdk/tls`: whoever steals the key, or relays to its owner's TEE once he has it, passes for this machine until `notAfter`.
 * @throws UsageError ERR_USAGE_OPTION, also for the format `ccc` with evidence that it cannot hold
 * @throws UnavailableError as the provider, and ERR_DEVICE_RESPONSE for evidence that is too large for a certificate
 * @example
 * const { key, cert } = await createRaTlsCertificate({ provider: await detect() })
 */
export async function createRaTlsCertificate(options: RaTlsCertificateOptions): Promise<RaTlsCertificate> {
  expectOptions(options, keys, 'createRaTlsCertificate')
  const request = expectRequest(options)
  const { provider, validity, nonce, signal } = request
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }))
  const claims = encodeClaims({ spki, validity, ...(nonce === undefined ? {} : { nonce }) })
  const evidence = await provider.collect({
    reportData: claimsReportData(claims),
    ...(signal === undefined ? {} : { signal })
  })
  const format = request.format ?? (evidence.kind === 'snp' ? 'cmw' : 'ccc')
  const extensions = format === 'ccc' ? cccExtensions(evidence, claims) : [cmwExtension(evidence)]
  const tbs = encodeTbs(spki, validity, request.commonName, extensions)
  const der = requireSize(sealCertificate(tbs, algorithm, sign('sha256', tbs, privateKey)))
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { key, cert: encodePem('CERTIFICATE', der), der, format, notAfter: validity.notAfter }
}

const algorithm = { kind: 'ecdsa', hash: 'sha256' } as const

type Request = ReturnType<typeof expectRequest>

function expectRequest(options: RaTlsCertificateOptions) {
  const { format, nonce, signal, clock = systemClock, commonName = 'tresor RA-TLS' } = options
  const lifetimeMs = expectInteger(options.lifetimeMs ?? defaultLifetimeMs, [1000, 10 * 365 * 86_400_000], 'lifetimeMs')
  return {
    provider: providerOf(options.provider, 'createRaTlsCertificate'),
    format: format === undefined ? undefined : expectOneOf(format, ['ccc', 'cmw'] as const, 'format'),
    nonce: nonce === undefined ? undefined : expectBytes(nonce, [shortestNonce, 64], 'nonce'),
    commonName: expectString(commonName, 'commonName'),
    validity: validityFrom(expectFunction(clock, 'clock')(), lifetimeMs),
    signal
  }
}

/** Whole seconds, as certificates have them. */
function validityFrom(now: Date, lifetimeMs: number): ClaimedValidity {
  const [start, end] = [now.getTime() - skewMs, now.getTime() + lifetimeMs].map((ms) => Math.floor(ms / 1000) * 1000)
  return { notBefore: new Date(start ?? 0), notAfter: new Date(end ?? 0) }
}

function encodeTbs(
  spki: Uint8Array,
  validity: ClaimedValidity,
  commonName: Request['commonName'],
  extensions: readonly Extension[]
): Uint8Array {
  const name = buildName({ commonName })
  return encodeTbsCertificate({
    serialNumber: randomBytes(16),
    issuer: name,
    subject: name,
    ...validity,
    spki,
    signatureAlgorithm: algorithm,
    extensions: [basicConstraintsExtension(false), keyUsageExtension('digitalSignature'), ...extensions]
  })
}

function cccExtensions(evidence: Evidence, claims: Uint8Array): readonly Extension[] {
  const endorsements = encodeCccEndorsements(evidence)
  return [
    notCritical(cccOid.evidence, encodeCccEvidence(evidence, claims)),
    ...(endorsements === undefined ? [] : [notCritical(cccOid.endorsements, endorsements)])
  ]
}

function cmwExtension(evidence: Evidence): Extension {
  return notCritical(cmwOid, derOctetString(encodeEvidence(evidence)))
}

/** TLS libraries refuse critical extensions that they do not know. */
function notCritical(oid: string, value: Uint8Array): Extension {
  return { oid, critical: false, value }
}

function requireSize(der: Uint8Array): Uint8Array {
  if (der.length <= maxCertificateBytes) return der
  throw new UnavailableError(
    'ERR_DEVICE_RESPONSE',
    `RA-TLS certificate: evidence makes it ${der.length} bytes, at most ${maxCertificateBytes} fit`
  )
}
