// Items of AMD in a store: chains, lists, and certificates of chips.
import type { SnpProduct, SnpSigningKey } from '../../evidence/index.js'
import { checkCrlValidity, verifyCrlSignature } from '../../x509/crl.js'
import {
  type Certificate,
  checkIssuer,
  checkValidity,
  parseCertificate,
  verifyCertificateSignature
} from '../../x509/index.js'
import { parseCrl } from '../../x509/parse-crl.js'
import { loadAmdRoot, spkiOfRoot } from '../roots/amd.js'
import { chainItem, crlItem } from '../snp/kds.js'
import { parseSnpLeaf } from '../snp/leaf.js'
import type { Audit, StoredItem } from './item.js'

/** Undefined for a key that is none of AMD's. @throws EvidenceError for what is not the item of this key */
export async function readAmdItem(key: string, bytes: Uint8Array): Promise<StoredItem | undefined> {
  if (key.startsWith('amd-vcek-') && !/^amd-vcek-(chain|crl)-/.test(key)) return leafItem(bytes)
  const [, family, kind, name] = /^amd-(vcek|vlek)-(chain|crl)-(Milan|Genoa|Turin)$/.exec(key) ?? []
  if (name === undefined) return undefined
  const product = name as SnpProduct // one of the three in the expression
  const signingKey: SnpSigningKey = family === 'vcek' ? 'VCEK' : 'VLEK'
  return kind === 'chain' ? chainOf(product, signingKey, bytes) : listOf(product, signingKey, bytes)
}

function leafItem(bytes: Uint8Array): StoredItem {
  const certificate = parseCertificate(bytes)
  const { product } = parseSnpLeaf(certificate)
  return {
    what: `VCEK of a ${product} machine`,
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    verify: (audit) => verifyLeaf(certificate, product, audit)
  }
}

async function verifyLeaf(certificate: Certificate, product: SnpProduct, audit: Audit): Promise<void> {
  const item = chainItem(product, 'VCEK')
  const { ask } = await item.parse(await audit.require(item.key))
  checkIssuer(certificate, ask)
  checkValidity(certificate, audit.now)
  await verifyUnderRoot(ask, product, audit)
  await verifyCertificateSignature(certificate, ask.spki)
}

async function chainOf(product: SnpProduct, signingKey: SnpSigningKey, bytes: Uint8Array): Promise<StoredItem> {
  const item = chainItem(product, signingKey)
  const chain = await item.parse(bytes)
  return {
    what: `chain of ${signingKey}s of ${product}`,
    ...item.validity(chain),
    verify: (audit) => verifyUnderRoot(chain.ask, product, audit)
  }
}

async function verifyUnderRoot(ask: Certificate, product: SnpProduct, audit: Audit): Promise<void> {
  checkValidity(ask, audit.now)
  await verifyCertificateSignature(ask, await rootOf(product, audit))
}

async function listOf(product: SnpProduct, signingKey: SnpSigningKey, bytes: Uint8Array): Promise<StoredItem> {
  const item = crlItem(product, signingKey)
  const crl = parseCrl(bytes)
  return {
    what: `revocation list of ${product}`,
    ...item.validity(await item.parse(bytes)),
    verify: async (audit) => {
      checkCrlValidity(crl, audit.now)
      await verifyCrlSignature(crl, await rootOf(product, audit))
    }
  }
}

/** A root of the caller's takes the place of the pinned one: it is for tests. */
async function rootOf(product: SnpProduct, { extraRoots }: Audit): Promise<Uint8Array> {
  const extra = extraRoots.find((root) => root.product === product)
  return extra?.spki ?? spkiOfRoot(await loadAmdRoot(product))
}
