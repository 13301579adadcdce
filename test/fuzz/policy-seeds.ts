// Policies to start from: as strict and as open as they can be.

import { toHex } from '../../packages/sdk/src/core/index.js'
import { parseSnpReport } from '../../packages/sdk/src/evidence/index.js'
import type { Corpus } from './corpus.js'

const guestPolicy = {
  smt: 'any',
  migrationAgent: false,
  debug: false,
  singleSocket: 'any',
  cxl: 'any',
  aes256Xts: 'any',
  raplDisabled: 'any',
  ciphertextHiding: 'any',
  pageSwapDisabled: 'any'
}

export function policySeeds({ evidence }: Corpus): readonly string[] {
  const measurement = [toHex(parseSnpReport(evidence.bytes).measurement)]
  const open = { kind: 'snp', measurement, minTcb: 'any', product: 'any', vmpl: 3, guestPolicy, chipId: 'any' }
  const minTcb = { Milan: { bootLoader: 1, tee: 0, snp: 1, microcode: 1 } }
  const strict = { ...open, minTcb, product: ['Milan'], vmpl: 0, signingKey: ['VCEK'], minGuestSvn: 0 }
  return [
    JSON.stringify({ anyOf: [open] }),
    JSON.stringify({
      anyOf: [strict, open],
      maxCollateralAge: 'P7D',
      allowSimulator: true,
      graceDays: 3,
      requireCrl: true
    })
  ]
}
