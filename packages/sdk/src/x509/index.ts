export type { CertificateTemplate, CrlTemplate, RevokedTemplate, Signer } from './builder.js'
export {
  basicConstraintsExtension,
  buildCertificate,
  buildCrl,
  buildName,
  crlNumberExtension,
  encodeTbsCertificate,
  keyUsageExtension,
  sealCertificate
} from './builder.js'
export type { Certificate, Extension, KeyUsage, Name, SignatureAlgorithm } from './certificate.js'
export type { ChainOptions, ChainRules, ChainValidity } from './chain.js'
export { verifyChain, verifyChainSignatures } from './chain.js'
export {
  checkCaUse,
  checkCriticalExtensions,
  checkIssuer,
  checkLeafUse,
  checkValidity
} from './checks.js'
export { findExtension } from './extensions.js'
export type { KeyAlgorithm } from './key-algorithm.js'
export { parseKeyAlgorithm } from './key-algorithm.js'
export type { NameAttribute } from './name.js'
export { attributeOf, labelOf, nameOf } from './name.js'
export { parseCertificate } from './parse-certificate.js'
export type { KeyImporter } from './signature.js'
export { importKey, verifyCertificateSignature } from './signature.js'
