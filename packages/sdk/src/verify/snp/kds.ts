// What AMD's key distribution service has about a report (AMD 57230, KDS interface), as items of collateral.
import { EvidenceError, toHex } from '../../core/index.js'
import type { SnpProduct, SnpSigningKey, SnpTcb } from '../../evidence/index.js'
import { type Certificate, type Crl, parseCertificate, parseCertificates, parseCrl } from '../../x509/index.js'
import type { CollateralItem } from '../collateral/collateral.js'

export const kdsBaseUrl = 'https://kdsintf.amd.com'

/** Intermediate and root as the service serves them. */
export interface AmdChain {
  readonly ask: Certificate
  readonly ark: Certificate
}

const common = { service: 'amd-kds', baseUrl: kdsBaseUrl } as const

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
    accept: ['application/pkix-cert', 'application/octet-stream', 'application/x-x509-ca-cert'],
    parse: parseCertificate,
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
    parse: parseChain,
    validity: ({ ask, ark }) => ({
      notBefore: new Date(Math.max(ask.notBefore.getTime(), ark.notBefore.getTime())),
      notAfter: new Date(Math.min(ask.notAfter.getTime(), ark.notAfter.getTime()))
    })
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
    accept: ['application/pkix-crl', 'application/octet-stream'],
    parse: parseCrl,
    validity: ({ thisUpdate, nextUpdate }) => ({ notBefore: thisUpdate, notAfter: nextUpdate ?? thisUpdate })
  }
}

function parseChain(bytes: Uint8Array): AmdChain {
  const [ask, ark, ...rest] = parseCertificates(bytes)
  if (ask === undefined || ark === undefined || rest.length > 0) {
    throw new EvidenceError('ERR_CERTIFICATE_CHAIN', 'AMD certificate chain: expected an ASK or ASVK, then the ARK')
  }
  return { ask, ark }
}
