// What judges SNP reports.
import type { EvidenceVerifier } from '../verifier.js'
import { authenticateSnp, type SnpFacts } from './authenticate.js'
import { compareSnp } from './compare.js'
import type { SnpRule } from './rule.js'

export const snpVerifier: EvidenceVerifier<SnpRule, SnpFacts> = { authenticate: authenticateSnp, compare: compareSnp }
