export { encodeAttestBinding } from './attest-binding.js'
export { cmwFormatOf, decodeCborEvidence } from './cmw/index.js'
export type { Endorsement, Evidence, EvidenceKind } from './evidence.js'
export type { EvidenceFormat } from './format.js'
export type { Identified } from './identify.js'
export { identify } from './identify.js'
export { mediaTypes } from './media-types.js'
export { evidenceFormats } from './registry.js'
export { simulatorOrganization } from './simulator.js'
export type {
  SnpCpuid,
  SnpFirmwareVersion,
  SnpGuestPolicy,
  SnpGuestPolicyFlag,
  SnpKeyInfo,
  SnpPlatformFlag,
  SnpPlatformInfo,
  SnpProduct,
  SnpReport,
  SnpReportFields,
  SnpSigningKey,
  SnpTcb,
  SnpTcbComponent,
  SnpTcbLayout
} from './snp/index.js'
export {
  encodeGuestPolicy,
  encodePlatformInfo,
  encodeSnpCertificateTable,
  encodeSnpReport,
  encodeTcb,
  guestPolicyBits,
  parseGuestPolicy,
  parsePlatformInfo,
  parseSnpReport,
  parseTcb,
  platformInfoBits,
  productOfCpuid,
  snpProducts,
  snpReportBytes,
  snpSignatureOffset,
  tcbComponents,
  tcbLayoutOf
} from './snp/index.js'
