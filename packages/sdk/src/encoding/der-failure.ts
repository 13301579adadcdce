// The one sentence shape of DER errors.
import { EvidenceError } from '../core/index.js'

export function derFailure(what: string, message: string, field?: string): EvidenceError {
  return new EvidenceError('ERR_ENCODING_DER', `${what}: ${message}`, { details: field === undefined ? {} : { field } })
}
