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
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8)
  const [b0, b1, b2, b3, b6] = [
    view.getUint8(0),
    view.getUint8(1),
    view.getUint8(2),
    view.getUint8(3),
    view.getUint8(6)
  ]
  const [isTurin, microcode] = [layout === 'turin', view.getUint8(7)]
  const reserved = isTurin ? view.getUint16(4) | b6 : view.getUint32(2)
  if (reserved !== 0) throw malformed(`reserved bytes must be zero in the layout of ${layout}`)
  if (isTurin) return { fmc: b0, bootLoader: b1, tee: b2, snp: b3, microcode }
  return { bootLoader: b0, tee: b1, snp: b6, microcode }
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
