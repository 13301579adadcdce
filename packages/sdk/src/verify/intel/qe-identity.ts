// QE identity: which quoting enclaves Intel stands behind, and their rating.
// Intel SGX and TDX Provisioning Certification Service API v4, "Get Enclave Identity".
import { equalBytes, reverseBytes } from '../../core/index.js'
import type { SgxReport } from '../../evidence/quote/index.js'
import { type JsonShape, malformed } from './json-shape.js'
import { maxLevels, parseSvnLevel, type SvnLevel } from './tcb-level.js'

export interface QeIdentity {
  readonly id: 'QE' | 'TD_QE' | 'QVE'
  readonly issueDate: Date
  readonly nextUpdate: Date
  readonly tcbEvaluationDataNumber: number
  /** Four bytes each in the order of the report (the JSON writes the number in big endian order). */
  readonly miscSelect: Uint8Array
  readonly miscSelectMask: Uint8Array
  readonly attributes: Uint8Array
  readonly attributesMask: Uint8Array
  readonly mrSigner: Uint8Array
  readonly isvProdId: number
  readonly levels: readonly SvnLevel[]
}

/** @throws EvidenceError ERR_COLLATERAL_FORMAT */
export function parseQeIdentity(identity: JsonShape): QeIdentity {
  if (identity.integer('version', 65_535) !== 2) throw malformed(`${identity.path}.version`, '2')
  return {
    id: parseId(identity),
    issueDate: identity.date('issueDate'),
    nextUpdate: identity.date('nextUpdate'),
    tcbEvaluationDataNumber: identity.integer('tcbEvaluationDataNumber', 0xffff_ffff),
    miscSelect: reverseBytes(identity.bytes('miscselect', 4)),
    miscSelectMask: reverseBytes(identity.bytes('miscselectMask', 4)),
    attributes: identity.bytes('attributes', 16),
    attributesMask: identity.bytes('attributesMask', 16),
    mrSigner: identity.bytes('mrsigner', 32),
    isvProdId: identity.integer('isvprodid', 65_535),
    levels: identity.objects('tcbLevels', maxLevels).map(parseSvnLevel)
  }
}

function parseId(identity: JsonShape): QeIdentity['id'] {
  const id = identity.string('id')
  if (id !== 'QE' && id !== 'TD_QE' && id !== 'QVE') throw malformed(`${identity.path}.id`, 'QE, TD_QE or QVE')
  return id
}

/** The first field in which `report` is not the enclave of `identity`, or undefined. The rating is another matter. */
export function findQeDifference(identity: QeIdentity, report: SgxReport): string | undefined {
  if (!equalBytes(identity.mrSigner, report.mrSigner)) return 'mrSigner'
  if (identity.isvProdId !== report.isvProdId) return 'isvProdId'
  if (!equalBytes(mask(report.miscSelect, identity.miscSelectMask), identity.miscSelect)) return 'miscSelect'
  if (!equalBytes(mask(report.attributes, identity.attributesMask), identity.attributes)) return 'attributes'
  return undefined
}

/** Bytewise `value & mask`, both of the same length. */
export function mask(value: Uint8Array, bits: Uint8Array): Uint8Array {
  return value.map((byte, index) => byte & (bits[index] ?? 0))
}
