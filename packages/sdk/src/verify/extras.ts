// What few verifications need, as one module that is loaded with the first that does: evidence in JSON; for SNP, hints in a wrapping,
// revocation, the vendor's service, unpinned roots, and why a certificate is not the report's. One module, since each costs a page a request.
export { decodeEvidence } from '../evidence/cmw/decode-evidence.js'
export { parseCrl } from '../x509/parse-crl.js'
export { explainMisfit } from './snp/explain-misfit.js'
export { fetchChain } from './snp/fetch-chain.js'
export { fetchLeaf } from './snp/fetch-leaf.js'
export { splitPem, splitTable } from './snp/read-wrapped.js'
export { checkListTimes, checkRevocation, chooseLists } from './snp/revocation.js'
export { findUnpinnedRoot } from './snp/unpinned-root.js'
