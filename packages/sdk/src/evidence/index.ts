export { encodeAttestBinding } from './attest-binding.js'
export type { Endorsement, Evidence, EvidenceKind } from './evidence.js'
export type {
  SnpCertificateEntry,
  SnpCertificateName,
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
  parseSnpCertificateTable,
  parseSnpReport,
  parseTcb,
  platformInfoBits,
  productOfCpuid,
  snpCertificateGuids,
  snpProducts,
  snpReportBytes,
  snpSignatureOffset,
  tcbComponents,
  tcbLayoutOf
} from './snp/index.js'
