// Media types of what travels in a CMW. Those of AMD are from draft-deeglaze-amd-sev-snp-corim-profile.

export const mediaTypes = {
  snpReport: 'application/vnd.amd.sev-snp.attestation-report',
  /** The certificate table of an extended report request. */
  snpCertificateTable: 'application/vnd.amd.ghcb.guid-table',
  /** One certificate, DER (RFC 2585). */
  certificate: 'application/pkix-cert',
  /** Certificates, PEM (RFC 8555). */
  certificateChain: 'application/pem-certificate-chain',
  /** One revocation list, DER (RFC 2585). */
  certificateList: 'application/pkix-crl',
  tdxQuote: 'application/vnd.tresor.tdx-quote',
  sgxQuote: 'application/vnd.tresor.sgx-quote',
  /** TCB info or QE identity of Intel: the issuer chain in PEM, where there is one, then the JSON as it was served. */
  intelCollateral: 'application/vnd.tresor.intel-collateral',
  /** Event log of a TD's firmware: the ACPI table CCEL's data. */
  eventLog: 'application/vnd.tresor.ccel'
} as const
