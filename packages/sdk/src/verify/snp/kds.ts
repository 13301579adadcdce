// What AMD's key distribution service has about a report (AMD 57230, KDS interface), as items of collateral. An answer must be what
// was asked for; that it is genuine is proved with the chain.
import { EvidenceError, equalBytes, toHex } from '../../core/index.js'
import { toPrintable } from '../../encoding/index.js'
import { type SnpProduct, type SnpSigningKey, type SnpTcb, tcbComponents, tcbLayoutOf } from '../../evidence/index.js'
import { attributeOf, type Certificate, type Name, parseCertificate } from '../../x509/index.js'
import { parseCertificates } from '../../x509/parse-certificates.js'
import { type Crl, parseCrl } from '../../x509/parse-crl.js'
import type { CollateralItem } from '../collateral/index.js'
import { parseSnpLeaf } from './leaf.js'

export const kdsBaseUrl = 'https://kdsintf.amd.com'

/** Intermediate and root as the service serves them. */
export interface AmdChain {
  readonly ask: Certificate
  readonly ark: Certificate
}

const common = { service: 'amd-kds', baseUrl: kdsBaseUrl } as const
/** The service limits requests for VCEKs by address. */
const vcekIntervalMs = 10_000
/** Lists are valid for long; a revocation must be seen sooner. */
const crlRefreshMs = 86_400_000

/** The certificate of the key that the chip has at this TCB. `hwId` is 64 bytes, for Turin 8. */
export function vcekItem(product: SnpProduct, hwId: Uint8Array, tcb: SnpTcb): CollateralItem<Certificate> {
  const { fmc, bootLoader, tee, snp, microcode } = tcb
  const firmware = fmc === undefined ? '' : `fmcSPL=${fmc}&`
  const levels = `${firmware}blSPL=${bootLoader}&teeSPL=${tee}&snpSPL=${snp}&ucodeSPL=${microcode}`
  return {
    ...common,
    type: 'amd-vcek',
    key: ['amd-vcek', product, toHex(hwId), fmc ?? 'x', bootLoader, tee, snp, microcode].join('-'),
    path: `/vcek/v1/${product}/${toHex(hwId)}?${levels}`,
    maxBytes: 16_384,
    minIntervalMs: vcekIntervalMs,
    accept: ['application/pkix-cert', 'application/octet-stream', 'application/x-x509-ca-cert'],
    parse: (der) => parseVcek(der, product, hwId, tcb),
    validity: (certificate) => certificate
  }
}

/** The intermediate for VCEKs or VLEKs of a product, with the root. */
export function chainItem(product: SnpProduct, signingKey: SnpSigningKey): CollateralItem<AmdChain> {
  const family = signingKey.toLowerCase()
  return {
    ...common,
    type: 'amd-chain',
    key: `amd-${family}-chain-${product}`,
    path: `/${family}/v1/${product}/cert_chain`,
    maxBytes: 65_536,
    accept: ['application/x-pem-file', 'application/pem-certificate-chain', 'application/octet-stream', 'text/plain'],
    parse: (pem) => parseChain(pem, product, signingKey),
    validity: commonValidity
  }
}

/** The list of revoked intermediates of a product. */
export function crlItem(product: SnpProduct, signingKey: SnpSigningKey): CollateralItem<Crl> {
  const family = signingKey.toLowerCase()
  return {
    ...common,
    type: 'amd-crl',
    key: `amd-${family}-crl-${product}`,
    path: `/${family}/v1/${product}/crl`,
    maxBytes: 1 << 20,
    refreshAfterMs: crlRefreshMs,
    accept: ['application/pkix-crl', 'application/octet-stream'],
    parse: (der) => parseListOf(der, product),
    validity: ({ thisUpdate, nextUpdate }) => ({ notBefore: thisUpdate, notAfter: nextUpdate ?? thisUpdate })
  }
}

function parseVcek(der: Uint8Array, product: SnpProduct, hwId: Uint8Array, tcb: SnpTcb): Certificate {
  const certificate = parseCertificate(der)
  const leaf = parseSnpLeaf(certificate)
  if (leaf.product !== product) throw mismatch('ERR_EVIDENCE_PRODUCT', product, leaf.product)
  if (leaf.hwId === undefined || !equalBytes(leaf.hwId, hwId))
    throw mismatch('ERR_EVIDENCE_KEY', 'this chip', 'another')
  const differing = tcbComponents(tcbLayoutOf(product)).find((component) => leaf.tcb[component] !== tcb[component])
  if (differing === undefined) return certificate
  const [expected, actual] = [tcb[differing], leaf.tcb[differing]]
  throw mismatch('ERR_EVIDENCE_KEY', `${differing} SPL ${expected}`, String(actual))
}

function parseChain(pem: Uint8Array, product: SnpProduct, signingKey: SnpSigningKey): AmdChain {
  const [ask, ark, ...rest] = parseCertificates(pem)
  if (ask === undefined || ark === undefined || rest.length > 0) {
    throw new EvidenceError('ERR_CERTIFICATE_CHAIN', 'AMD certificate chain: expected an ASK or ASVK, then the ARK')
  }
  expectName(ask.subject, signingKey === 'VCEK' ? `SEV-${product}` : `SEV-VLEK-${product}`)
  expectName(ark.subject, `ARK-${product}`)
  return { ask, ark }
}

function commonValidity({ ask, ark }: AmdChain): { readonly notBefore: Date; readonly notAfter: Date } {
  return {
    notBefore: new Date(Math.max(ask.notBefore.getTime(), ark.notBefore.getTime())),
    notAfter: new Date(Math.min(ask.notAfter.getTime(), ark.notAfter.getTime()))
  }
}

function parseListOf(der: Uint8Array, product: SnpProduct): Crl {
  const crl = parseCrl(der)
  expectName(crl.issuer, `ARK-${product}`)
  return crl
}

function expectName(name: Name, expected: string): void {
  const actual = attributeOf(name, 'commonName')
  if (actual !== expected) throw mismatch('ERR_EVIDENCE_PRODUCT', expected, toPrintable(actual ?? 'no common name'))
}

function mismatch(code: 'ERR_EVIDENCE_PRODUCT' | 'ERR_EVIDENCE_KEY', expected: string, actual: string): EvidenceError {
  return new EvidenceError(code, `AMD certificate: expected ${expected}, found ${actual}`, {
    details: { expected, actual }
  })
}
