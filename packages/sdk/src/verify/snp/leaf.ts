// Certificates of the keys that sign reports: VCEK of one chip, VLEK of one cloud (AMD 57230, certificate extensions).
import { EvidenceError } from '../../core/index.js'
import { DerReader, toPrintable } from '../../encoding/index.js'
import {
  encodeTcb,
  type SnpProduct,
  type SnpSigningKey,
  type SnpTcb,
  type SnpTcbComponent,
  snpProducts,
  tcbComponents,
  tcbLayoutOf
} from '../../evidence/index.js'
import { type Certificate, findExtension, nameOf } from '../../x509/index.js'

export interface SnpLeaf {
  readonly signingKey: SnpSigningKey
  readonly product: SnpProduct
  /** As written, for example `Milan-B0`. */
  readonly productName: string
  readonly tcb: SnpTcb
  /** The same as the eight bytes of a TCB version. */
  readonly tcbBytes: Uint8Array
  /** Of a VCEK: the chip, 64 bytes, on Turin 8. */
  readonly hwId?: Uint8Array
  /** Of a VLEK: the cloud. */
  readonly cspId?: string
}

const arc = '1.3.6.1.4.1.3704.1'

const splOids: Readonly<Record<SnpTcbComponent, string>> = {
  fmc: `${arc}.3.9`,
  bootLoader: `${arc}.3.1`,
  tee: `${arc}.3.2`,
  snp: `${arc}.3.3`,
  microcode: `${arc}.3.8`
}

const spareOids: readonly string[] = [4, 5, 6, 7].map((n) => `${arc}.3.${n}`)

/** The kind of key that a certificate claims to certify, by the name that AMD gives it; undefined for other certificates. */
export function signingKeyOf(certificate: Certificate): SnpSigningKey | undefined {
  const name = nameOf(certificate, 'commonName')
  if (name === 'SEV-VCEK') return 'VCEK'
  return name === 'SEV-VLEK' ? 'VLEK' : undefined
}

/**
 * Reads the extensions of a VCEK or VLEK.
 * @throws EvidenceError ERR_CERTIFICATE_FORMAT when one is missing, malformed or does not belong to this kind of key
 */
export function parseSnpLeaf(certificate: Certificate): SnpLeaf {
  const signingKey = signingKeyOf(certificate)
  if (signingKey === undefined) throw malformed('expected SEV-VCEK or SEV-VLEK as subject')
  const productName = readText(certificate, `${arc}.2`, 'productName')
  const product = productOfName(productName)
  const tcb = readTcb(certificate, product)
  return {
    signingKey,
    product,
    productName,
    tcb,
    tcbBytes: encodeTcb(tcb, tcbLayoutOf(product)),
    ...(signingKey === 'VCEK' ? readChip(certificate, product) : readCloud(certificate))
  }
}

/** `Milan-B0` names a stepping of Milan. */
function productOfName(name: string): SnpProduct {
  const product = snpProducts.find((candidate) => name === candidate || name.startsWith(`${candidate}-`))
  if (product === undefined) {
    throw new EvidenceError(
      'ERR_EVIDENCE_PRODUCT',
      `SNP certificate: expected a product of ${snpProducts.join(', ')}`,
      {
        details: { field: 'productName', actual: toPrintable(name) }
      }
    )
  }
  return product
}

function readTcb(certificate: Certificate, product: SnpProduct): SnpTcb {
  const layout = tcbLayoutOf(product)
  const read = (component: SnpTcbComponent): number => readSpl(certificate, splOids[component], component)
  requireSparesZero(certificate)
  const common = { bootLoader: read('bootLoader'), tee: read('tee'), snp: read('snp'), microcode: read('microcode') }
  if (tcbComponents(layout).includes('fmc')) return { fmc: read('fmc'), ...common }
  if (findExtension(certificate, splOids.fmc) !== undefined) throw malformed(`fmcSPL does not belong to ${product}`)
  return common
}

/** Spare numbers mean bytes of the TCB version that are reserved, and so zero. */
function requireSparesZero(certificate: Certificate): void {
  for (const oid of spareOids) {
    const spare = findExtension(certificate, oid)
    if (spare !== undefined && readSpl(certificate, oid, 'spare') !== 0)
      throw malformed(`spare SPL ${oid} must be zero`)
  }
}

function readSpl(certificate: Certificate, oid: string, field: string): number {
  const reader = DerReader.over(extensionValue(certificate, oid, field), 'SNP certificate')
  const value = reader.integer(field, [0, 255])
  reader.end()
  return value
}

/** The value is raw bytes in most certificates, an OCTET STRING in some. */
function readChip(certificate: Certificate, product: SnpProduct): { readonly hwId: Uint8Array } {
  if (findExtension(certificate, `${arc}.5`) !== undefined) throw malformed('a CSP id does not belong to a VCEK')
  const value = extensionValue(certificate, `${arc}.4`, 'hwID')
  const length = product === 'Turin' ? 8 : 64
  if (value.length === length) return { hwId: value }
  if (value.length === length + 2 && value[0] === 0x04 && value[1] === length) return { hwId: value.slice(2) }
  throw malformed(`hwID: expected ${length} bytes for ${product}, found ${value.length}`)
}

function readCloud(certificate: Certificate): { readonly cspId: string } {
  if (findExtension(certificate, `${arc}.4`) !== undefined) throw malformed('a hwID does not belong to a VLEK')
  return { cspId: readText(certificate, `${arc}.5`, 'cspId') }
}

function readText(certificate: Certificate, oid: string, field: string): string {
  const reader = DerReader.over(extensionValue(certificate, oid, field), 'SNP certificate')
  const text = reader.text(field, 0x16)
  reader.end()
  return text
}

function extensionValue(certificate: Certificate, oid: string, field: string): Uint8Array {
  const extension = findExtension(certificate, oid)
  if (extension === undefined) throw malformed(`${field}: extension ${oid} is missing`)
  return extension.value
}

function malformed(message: string): EvidenceError {
  return new EvidenceError('ERR_CERTIFICATE_FORMAT', `SNP certificate: ${message}`)
}
