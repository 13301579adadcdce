// Evidence for a peer: the nonce that the peer chose, and claims of ours, bound into the report data.
import { createHash } from 'node:crypto'
import { expectBytes, expectOptions, UsageError } from '../core/index.js'
import { encodeEvidence } from '../evidence/cmw/encode-evidence.js'
import { type Endorsement, encodeAttestBinding } from '../evidence/index.js'
import type { Tee } from './detect.js'
import type { EvidenceProvider } from './provider.js'

interface CommonAttestOptions {
  /** Certificates and lists to ship beside those that the provider has. */
  readonly endorsements?: readonly Endorsement[]
  readonly signal?: AbortSignal
}

export interface NonceAttestOptions extends CommonAttestOptions {
  /** 16 to 1024 bytes that the verifier made and has not used before. */
  readonly nonce: Uint8Array
  /** Up to 64 KiB that the evidence covers too, for example the hash of a public key. The verifier must know them. */
  readonly claims?: Uint8Array
}

export interface RawAttestOptions extends CommonAttestOptions {
  /**
   * Exactly 64 bytes that become the report data as they are, for protocols with a binding of their own. Never pass bytes that a
   * peer chose: the peer could have evidence made here that serves another protocol, or another connection.
   */
  readonly rawReportData: Uint8Array
}

export type AttestOptions = NonceAttestOptions | RawAttestOptions

const minNonceBytes = 16
const maxNonceBytes = 1024
const maxClaimsBytes = 65_536

const optionNames = ['nonce', 'claims', 'rawReportData', 'endorsements', 'signal'] as const

/**
 * Evidence with its endorsements as one CMW, to be sent to whoever chose `nonce`. The report data is
 * SHA-512 of `encodeAttestBinding(nonce, claims)`. It proves that this machine is a TEE with a certain measurement; it does not
 * prove that the connection on which it travels ends there: attested TLS does that.
 *
 * @throws UsageError ERR_USAGE_OPTION
 * @throws UnavailableError as `EvidenceProvider.collect`
 * @example
 * const evidence = await attest(await detect(), { nonce })
 */
export async function attest(tee: Tee | EvidenceProvider, options: AttestOptions): Promise<Uint8Array> {
  const provider = providerOf(tee)
  const reportData = expectReportData(options)
  const { signal, endorsements = [] } = options
  const evidence = await provider.collect(signal === undefined ? { reportData } : { reportData, signal })
  return encodeEvidence({ ...evidence, endorsements: [...evidence.endorsements, ...endorsements] })
}

/** The provider behind what `detect` returned, or the provider itself. */
function providerOf(tee: Tee | EvidenceProvider): EvidenceProvider {
  const provider = typeof tee === 'object' && tee !== null && 'provider' in tee ? tee.provider : tee
  if (typeof provider?.collect === 'function') return provider
  throw new UsageError('ERR_USAGE_OPTION', 'tee: expected what detect() returns, or a provider')
}

function expectReportData(options: AttestOptions): Uint8Array {
  const { nonce, claims, rawReportData } = expectOptions<Partial<NonceAttestOptions & RawAttestOptions>>(
    options,
    optionNames,
    'attest'
  )
  if ((nonce === undefined) === (rawReportData === undefined)) {
    throw new UsageError('ERR_USAGE_OPTION', 'attest: expected exactly one of nonce and rawReportData')
  }
  if (rawReportData !== undefined) return expectRaw(rawReportData, claims)
  const binding = encodeAttestBinding(
    expectBytes(nonce, [minNonceBytes, maxNonceBytes], 'nonce'),
    claims === undefined ? undefined : expectBytes(claims, [0, maxClaimsBytes], 'claims')
  )
  return new Uint8Array(createHash('sha512').update(binding).digest())
}

function expectRaw(rawReportData: Uint8Array, claims: Uint8Array | undefined): Uint8Array {
  if (claims !== undefined) {
    throw new UsageError('ERR_USAGE_OPTION', 'claims: bound only together with a nonce', {
      details: { field: 'claims' }
    })
  }
  return expectBytes(rawReportData, 64, 'rawReportData').slice()
}
