// Quotes of TDs that must be refused, one reason each, whatever comes with them.
import { pckChainData, pckChainOf } from '../attest/simulator/intel/index.js'
import { concatBytes } from '../core/index.js'
import type { Evidence } from '../evidence/index.js'
import { type BadEvidence, refusedWith } from './bad-evidence.js'
import { type FakeIntel, fakeIntel } from './fake-intel.js'

/** Where things are in a quote of version 4 with a TD report 1.0 and authentication data of 32 bytes. */
const at = {
  body: 48,
  signatureLength: 632,
  signature: 636,
  attestationKey: 700,
  outerType: 764,
  outerSize: 766,
  qeReport: 770,
  qeSignature: 1154,
  authSize: 1218,
  authData: 1220,
  certificationType: 1252,
  certificationSize: 1254
}

export async function badQuotes(intel: FakeIntel, reportData: Uint8Array): Promise<readonly BadEvidence[]> {
  const good = intel.tdxEvidence(reportData, { version: 4 })
  const of = (bytes: Uint8Array): Evidence => ({ ...good, bytes })
  return [...badBytes(good.bytes, of), ...badSizes(good.bytes, of), ...(await badSignatures(intel, reportData, of))]
}

function badBytes(quote: Uint8Array, of: (bytes: Uint8Array) => Evidence): readonly BadEvidence[] {
  return [
    ...refusedWith('ERR_EVIDENCE_FORMAT', {
      nothing: of(new Uint8Array(0)),
      'a truncated quote': of(quote.slice(0, -1)),
      'a quote with a byte behind it': of(concatBytes(quote, Uint8Array.of(1))),
      'a quote of another TEE': of(quote.with(4, 0x82)),
      'a quote by another vendor': of(quote.with(12, 0)),
      'an unknown certification': of(quote.with(at.certificationType, 9)),
      'another outer certification': of(quote.with(at.outerType, 5))
    }),
    ...refusedWith('ERR_EVIDENCE_VERSION', {
      'a quote of version 6': of(quote.with(0, 6)),
      'a quote by a key on P-384': of(quote.with(2, 3))
    })
  ]
}

/** Every length, off by one in both directions and as large as it can be. */
function badSizes(quote: Uint8Array, of: (bytes: Uint8Array) => Evidence): readonly BadEvidence[] {
  const sizes = [
    ['signature data', at.signatureLength, 4],
    ['QE certification data', at.outerSize, 4],
    ['authentication data', at.authSize, 2],
    ['certification data', at.certificationSize, 4]
  ] as const
  return sizes.flatMap(([what, offset, width]) => {
    const low = quote[offset] ?? 0
    return refusedWith('ERR_EVIDENCE_FORMAT', {
      [`a length of ${what} that is one more`]: of(quote.with(offset, (low + 1) & 0xff)),
      [`a length of ${what} that is one less`]: of(quote.with(offset, (low - 1) & 0xff)),
      [`a length of ${what} that is the largest`]: of(quote.slice().fill(0xff, offset, offset + width))
    })
  })
}

async function badSignatures(
  intel: FakeIntel,
  reportData: Uint8Array,
  of: (bytes: Uint8Array) => Evidence
): Promise<readonly BadEvidence[]> {
  const quote = intel.tdxQuote(reportData, { version: 4 })
  const flip = (offset: number): Evidence => of(quote.with(offset, (quote[offset] ?? 0) ^ 1))
  const stranger = await fakeIntel({ machine: 'stranger' })
  const strange = stranger.tdxQuote(reportData, {
    version: 4,
    certification: pckChainData(pckChainOf(intel.material, intel.platform))
  })
  return [
    ...refusedWith('ERR_EVIDENCE_SIGNATURE', {
      'an altered TD': flip(at.body + 136),
      'altered report data': flip(at.body + 520),
      'an altered signature': flip(at.signature),
      'an altered quoting enclave': flip(at.qeReport + 64),
      'an altered signature of the PCK': flip(at.qeSignature),
      'a quoting enclave of another platform': of(strange)
    }),
    ...refusedWith('ERR_EVIDENCE_KEY', {
      'another attestation key': flip(at.attestationKey),
      'altered authentication data': flip(at.authData)
    })
  ]
}
