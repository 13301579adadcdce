// Items of Intel in a store: signed collateral, lists, and the issuers of PCK certificates.
import { crypto } from '#crypto'
import { EvidenceError, equalBytes } from '../../core/index.js'
import { checkCrlIssuer, checkCrlValidity, checkNotRevoked, verifyCrlSignature } from '../../x509/crl.js'
import {
  type Certificate,
  checkCaUse,
  checkIssuer,
  checkLeafUse,
  checkValidity,
  verifyCertificateSignature
} from '../../x509/index.js'
import { parseCertificates } from '../../x509/parse-certificates.js'
import { type Crl, parseCrl } from '../../x509/parse-crl.js'
import {
  type IntelTee,
  pckCrlItem,
  pckIssuersItem,
  qeIdentityItem,
  rootCrlItem,
  tcbInfoItem,
  validityOfCertificates,
  validityOfCrl,
  validityOfSigned
} from '../intel/items.js'
import { type PckCa, pckCaOf } from '../intel/pck-chain.js'
import type { SignedCollateral } from '../intel/signed-collateral.js'
import { intelRoot, intelTcbSigning, spkiOfIntelKey } from '../roots/intel.js'
import type { Audit, StoredItem } from './item.js'

/** Undefined for a key that is none of Intel's. @throws EvidenceError for what is not the item of this key */
export async function readIntelItem(key: string, bytes: Uint8Array): Promise<StoredItem | undefined> {
  const [, tee, fmspc] = /^intel-tcb-info-(sgx|tdx)-([0-9a-f]{12})$/.exec(key) ?? []
  if (fmspc !== undefined) {
    const { value } = await tcbInfoItem(tee as IntelTee, fmspc).parse(bytes) // one of the two in the expression
    return signedItem(`TCB info of ${tee} ${fmspc}, evaluation ${value.value.tcbEvaluationDataNumber}`, value)
  }
  const [, qe] = /^intel-qe-identity-(sgx|tdx)$/.exec(key) ?? []
  if (qe !== undefined) {
    const { value } = await qeIdentityItem(qe as IntelTee).parse(bytes) // as above
    return signedItem(`QE identity of ${qe}, evaluation ${value.value.tcbEvaluationDataNumber}`, value)
  }
  if (/^intel-pck-certificate-[0-9a-f]{64}$/.test(key)) return pckItem(bytes)
  const [, kind, ca] = /^intel-pck-(crl|issuers)-(platform|processor)$/.exec(key) ?? []
  if (kind === 'issuers') return issuersItem(ca as PckCa, bytes) // as above
  if (kind === 'crl') return pckListItem(ca as PckCa, bytes) // as above
  return key === 'intel-root-crl' ? rootListItem(bytes) : undefined
}

function signedItem(what: string, value: SignedCollateral): StoredItem {
  const { notBefore, notAfter } = validityOfSigned(value)
  return { what, notBefore, notAfter, verify: (audit) => verifySigned(value, audit) }
}

async function verifySigned(value: SignedCollateral, audit: Audit): Promise<void> {
  const [signer, ...issuers] = value.issuerChain
  const spki = signer === undefined ? spkiOfIntelKey(intelTcbSigning) : await proveSigner(signer, issuers, audit)
  const key = await crypto.importSpki(spki)
  if (!(await crypto.verifyEcdsa(key, 'sha256', value.signedBytes, value.signature))) {
    throw new EvidenceError('ERR_COLLATERAL_SIGNATURE', 'collateral: not signed by its vendor')
  }
  const { notBefore, notAfter } = validityOfSigned(value)
  if (audit.now >= notBefore && audit.now <= notAfter) return
  throw new EvidenceError('ERR_COLLATERAL_EXPIRED', `collateral: valid until ${notAfter.toISOString()}`)
}

async function proveSigner(signer: Certificate, issuers: readonly Certificate[], audit: Audit): Promise<Uint8Array> {
  checkLeafUse(signer)
  await proveUnderRoot(signer, issuers, audit)
  return signer.spki
}

/** Signed by a trusted root, valid, and not on the root's list. */
async function proveUnderRoot(
  certificate: Certificate,
  issuers: readonly Certificate[],
  audit: Audit
): Promise<Certificate> {
  const root = issuers.find(({ spki }) => isTrusted(spki, audit))
  if (root === undefined) throw new EvidenceError('ERR_CERTIFICATE_ROOT', 'collateral: its root is not pinned')
  checkIssuer(certificate, root)
  checkValidity(certificate, audit.now)
  await verifyCertificateSignature(certificate, root.spki)
  checkNotRevoked(certificate, parseCrl(await audit.require('intel-root-crl')))
  return root
}

function isTrusted(spki: Uint8Array, { extraRoots }: Audit): boolean {
  if (equalBytes(spki, spkiOfIntelKey(intelRoot))) return true
  return extraRoots.some((extra) => extra.product === 'Intel' && equalBytes(extra.spki, spki))
}

function pckItem(bytes: Uint8Array): StoredItem {
  const certificates = parseCertificates(bytes)
  const [leaf, ...issuers] = certificates
  if (leaf === undefined) throw new EvidenceError('ERR_CERTIFICATE_CHAIN', 'PCK certificate: expected one')
  const verify = (audit: Audit): Promise<void> => verifyPck(leaf, issuers, audit)
  return { what: 'PCK certificate of a platform', ...validityOfCertificates(certificates), verify }
}

/** What stands above may be stored on its own. */
async function verifyPck(leaf: Certificate, own: readonly Certificate[], audit: Audit): Promise<void> {
  const name = pckCaOf(leaf)
  const issuers = own.length > 0 ? own : parseCertificates(await audit.require(`intel-pck-issuers-${name}`))
  const issuer = await proveIssuer(issuers, audit)
  checkIssuer(leaf, issuer)
  checkLeafUse(leaf)
  checkValidity(leaf, audit.now)
  await verifyCertificateSignature(leaf, issuer.spki)
  checkNotRevoked(leaf, parseCrl(await audit.require(`intel-pck-crl-${name}`)))
}

async function issuersItem(ca: PckCa, bytes: Uint8Array): Promise<StoredItem> {
  const item = pckIssuersItem(ca)
  const certificates = await item.parse(bytes)
  return {
    what: `issuers of PCK certificates under the ${ca} CA`,
    ...item.validity(certificates),
    verify: async (audit) => void (await proveIssuer(certificates, audit))
  }
}

async function proveIssuer([ca, ...issuers]: readonly Certificate[], audit: Audit): Promise<Certificate> {
  if (ca === undefined) throw new EvidenceError('ERR_CERTIFICATE_CHAIN', 'issuers: expected a CA and its root')
  checkCaUse(ca, 0)
  await proveUnderRoot(ca, issuers, audit)
  return ca
}

async function pckListItem(ca: PckCa, bytes: Uint8Array): Promise<StoredItem> {
  const { value } = await pckCrlItem(ca).parse(bytes)
  return listItem(`revocation list of the ${ca} CA`, value, async (audit) => {
    const issuers = await pckIssuersItem(ca).parse(await audit.require(`intel-pck-issuers-${ca}`))
    const issuer = await proveIssuer(issuers, audit)
    checkCrlIssuer(value, issuer)
    await verifyCrlSignature(value, issuer.spki)
  })
}

async function rootListItem(bytes: Uint8Array): Promise<StoredItem> {
  const { value } = await rootCrlItem().parse(bytes)
  return listItem('revocation list of the root CA', value, (audit) => verifyRootList(value, audit))
}

/** Without a certificate around the key: the name was checked when it was read. */
async function verifyRootList(crl: Crl, { extraRoots }: Audit): Promise<void> {
  const extra = extraRoots.filter(({ product }) => product === 'Intel').map(({ spki }) => spki)
  for (const spki of extra) if (await isSigned(crl, spki)) return
  await verifyCrlSignature(crl, spkiOfIntelKey(intelRoot))
}

async function isSigned(crl: Crl, spki: Uint8Array): Promise<boolean> {
  try {
    await verifyCrlSignature(crl, spki)
    return true
  } catch (error) {
    if (error instanceof EvidenceError) return false
    throw error
  }
}

function listItem(what: string, crl: Crl, prove: (audit: Audit) => Promise<void>): StoredItem {
  return {
    what,
    ...validityOfCrl(crl),
    verify: async (audit) => {
      checkCrlValidity(crl, audit.now)
      await prove(audit)
    }
  }
}
