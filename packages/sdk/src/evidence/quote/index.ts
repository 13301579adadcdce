export type {
  Certification,
  ManifestCertification,
  PemCertification,
  PpidCertification
} from './certification.js'
export type { QeCertification, Quote, QuoteBody } from './quote.js'
export { parseQuote } from './quote.js'
export type { SgxReport } from './sgx-report.js'
export { isDebugEnclave } from './sgx-report.js'
export type { TdAttributes, TdReport, TdReportExtended } from './td-report.js'
export { decodeTdAttributes } from './td-report.js'
