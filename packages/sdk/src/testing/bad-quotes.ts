// Quotes of TDs that must be refused, one reason each, whatever comes with them.
import { pckChainData, pckChainOf } from '../attest/simulator/intel/index.js'
import { concatBytes } from '../core/index.js'
import type { Evidence } from '../evidence/index.js'
import type { BadEvidence } from './bad-evidence.js'
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
    { name: 'nothing', code: 'ERR_EVIDENCE_FORMAT', evidence: of(new Uint8Array(0)) },
    { name: 'a truncated quote', code: 'ERR_EVIDENCE_FORMAT', evidence: of(quote.slice(0, -1)) },
    {
      name: 'a quote with a byte behind it',
      code: 'ERR_EVIDENCE_FORMAT',
      evidence: of(concatBytes(quote, Uint8Array.of(1)))
    },
    { name: 'a quote of version 6', code: 'ERR_EVIDENCE_VERSION', evidence: of(quote.with(0, 6)) },
    { name: 'a quote by a key on P-384', code: 'ERR_EVIDENCE_VERSION', evidence: of(quote.with(2, 3)) },
    { name: 'a quote of another TEE', code: 'ERR_EVIDENCE_FORMAT', evidence: of(quote.with(4, 0x82)) },
    { name: 'a quote by another vendor', code: 'ERR_EVIDENCE_FORMAT', evidence: of(quote.with(12, 0)) },
    {
      name: 'an unknown certification',
      code: 'ERR_EVIDENCE_FORMAT',
      evidence: of(quote.with(at.certificationType, 9))
    },
    { name: 'another outer certification', code: 'ERR_EVIDENCE_FORMAT', evidence: of(quote.with(at.outerType, 5)) }
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
    const most = quote.slice().fill(0xff, offset, offset + width)
    const changed = [
      ['one more', quote.with(offset, (low + 1) & 0xff)],
      ['one less', quote.with(offset, (low - 1) & 0xff)],
      ['the most', most]
    ] as const
    return changed.map(([how, bytes]) => ({
      name: `a length of ${what} that says ${how}`,
      code: 'ERR_EVIDENCE_FORMAT' as const,
      evidence: of(bytes)
    }))
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
    { name: 'an altered TD', code: 'ERR_EVIDENCE_SIGNATURE', evidence: flip(at.body + 136) },
    { name: 'altered report data', code: 'ERR_EVIDENCE_SIGNATURE', evidence: flip(at.body + 520) },
    { name: 'an altered signature', code: 'ERR_EVIDENCE_SIGNATURE', evidence: flip(at.signature) },
    { name: 'another attestation key', code: 'ERR_EVIDENCE_KEY', evidence: flip(at.attestationKey) },
    { name: 'altered authentication data', code: 'ERR_EVIDENCE_KEY', evidence: flip(at.authData) },
    { name: 'an altered quoting enclave', code: 'ERR_EVIDENCE_SIGNATURE', evidence: flip(at.qeReport + 64) },
    { name: 'an altered signature of the PCK', code: 'ERR_EVIDENCE_SIGNATURE', evidence: flip(at.qeSignature) },
    { name: 'a quoting enclave of another platform', code: 'ERR_EVIDENCE_SIGNATURE', evidence: of(strange) }
  ]
}
