import type { ConformanceKind } from '../kind.js'
import { quotes } from './quote.js'
import { snpReport } from './snp.js'

/** Every kind that is supported. */
export const kinds: readonly ConformanceKind[] = [snpReport, ...quotes]
