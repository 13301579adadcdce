// Quotes of a fake machine, in every shape that real ones have, and in some that they have not.
import {
  attestationKeyOf,
  type CertificationData,
  encodeSgxReport,
  encodeTdReport,
  type IntelMaterial,
  type IntelPlatform,
  pckChainData,
  pckChainOf,
  pckKeyOf,
  type QeReport,
  type QuoteTemplate,
  qeReportOf,
  signQuote
} from '../attest/simulator/intel/index.js'
import type { SgxReport, TdReport } from '../evidence/quote/index.js'

export interface FakeMachine {
  readonly platform: IntelPlatform
  readonly material: IntelMaterial
}

export interface FakeQuoteOptions<Report> {
  readonly version?: 3 | 4 | 5
  readonly fields?: Partial<Report>
  readonly qeReport?: Partial<QeReport>
  /** Default: 32 bytes, counted up. */
  readonly authData?: Uint8Array
  /** Default: the PCK chain in PEM, with a NUL behind it. */
  readonly certification?: CertificationData
  /** Fills the quote up with zeros to this many bytes, as the buffers of guest interfaces do. */
  readonly paddedBytes?: number
}

/** Of version 4 unless the options say otherwise. */
export function quoteTd(machine: FakeMachine, report: TdReport, options: FakeQuoteOptions<TdReport>): Uint8Array {
  const body = encodeTdReport({ ...report, ...options.fields })
  return sign(machine, { tee: 'tdx', version: options.version ?? 4, body }, options)
}

/** Of version 3 unless the options say otherwise. */
export function quoteEnclave(
  machine: FakeMachine,
  report: SgxReport,
  options: FakeQuoteOptions<SgxReport>
): Uint8Array {
  const body = encodeSgxReport({ ...report, ...options.fields })
  return sign(machine, { tee: 'sgx', version: options.version ?? 3, body }, options)
}

function sign(
  { platform, material }: FakeMachine,
  quoted: Pick<QuoteTemplate, 'tee' | 'version' | 'body'>,
  options: FakeQuoteOptions<unknown>
): Uint8Array {
  const { tee } = quoted
  const template = {
    ...quoted,
    qeReport: { ...qeReportOf(tee, platform), ...options.qeReport },
    authData: options.authData ?? Uint8Array.from({ length: 32 }, (_, i) => i),
    certification: options.certification ?? pckChainData(pckChainOf(material, platform))
  }
  const quote = signQuote(template, { attestationKey: attestationKeyOf(platform, tee), pck: pckKeyOf(platform) })
  return padded(quote, options.paddedBytes)
}

function padded(quote: Uint8Array, length = quote.length): Uint8Array {
  const out = new Uint8Array(Math.max(length, quote.length))
  out.set(quote)
  return out
}
