// TCB_VERSION: security version numbers of the platform's firmware, eight bytes whose layout depends on the product
// (AMD 56860, section 2.2).
import { EvidenceError } from '../../core/index.js'
import type { SnpProduct } from './product.js'

/** Security version numbers by component, 0 to 255. `fmc` exists on Turin only. */
export interface SnpTcb {
  readonly fmc?: number
  readonly bootLoader: number
  readonly tee: number
  readonly snp: number
  readonly microcode: number
}

export type SnpTcbComponent = keyof SnpTcb

export type SnpTcbLayout = 'milan' | 'turin'

const offsets: Readonly<Record<SnpTcbLayout, Readonly<Partial<Record<SnpTcbComponent, number>>>>> = {
  milan: { bootLoader: 0, tee: 1, snp: 6, microcode: 7 },
  turin: { fmc: 0, bootLoader: 1, tee: 2, snp: 3, microcode: 7 }
}

/** Genoa has the layout of Milan. */
export function tcbLayoutOf(product: SnpProduct): SnpTcbLayout {
  return product === 'Turin' ? 'turin' : 'milan'
}

/** The components that a layout has, in the order of its bytes. */
export function tcbComponents(layout: SnpTcbLayout): readonly SnpTcbComponent[] {
  return Object.keys(offsets[layout]) as SnpTcbComponent[] // the keys of the literals above
}

/**
 * Decodes eight bytes of a report.
 * @throws EvidenceError ERR_EVIDENCE_FORMAT when a reserved byte of the layout is set
 */
export function parseTcb(bytes: Uint8Array, layout: SnpTcbLayout): SnpTcb {
  if (bytes.length !== 8) throw malformed(`expected 8 bytes, found ${bytes.length}`)
  const at = (i: number): number => bytes[i] ?? 0
  const isTurin = layout === 'turin'
  if ((at(4) | at(5) | (isTurin ? at(6) : at(2) | at(3))) !== 0) {
    throw malformed(`reserved bytes must be zero in the layout of ${layout}`)
  }
  if (isTurin) return { fmc: at(0), bootLoader: at(1), tee: at(2), snp: at(3), microcode: at(7) }
  return { bootLoader: at(0), tee: at(1), snp: at(6), microcode: at(7) }
}

/** The inverse of `parseTcb`. */
export function encodeTcb(tcb: SnpTcb, layout: SnpTcbLayout): Uint8Array {
  const out = new Uint8Array(8)
  for (const component of tcbComponents(layout)) out[offsets[layout][component] ?? 0] = tcb[component] ?? 0
  return out
}

function malformed(message: string): EvidenceError {
  return new EvidenceError('ERR_EVIDENCE_FORMAT', `SNP TCB version: ${message}`)
}
