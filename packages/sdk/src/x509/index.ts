export type { CertificateTemplate, CrlTemplate, RevokedTemplate, Signer } from './builder.js'
export {
  basicConstraintsExtension,
  buildCertificate,
  buildCrl,
  buildName,
  crlNumberExtension,
  keyUsageExtension
} from './builder.js'
export type { Certificate, Extension, KeyUsage, Name, SignatureAlgorithm } from './certificate.js'
export { findExtension } from './extensions.js'
export type { NameAttribute } from './name.js'
export { labelOf, nameOf, parseName } from './name.js'
export { parseCertificate, parseCertificates } from './parse-certificate.js'
