// The SGX extension of a PCK certificate: which platform it certifies and in which versions.
// Intel SGX PCK Certificate and Certificate Revocation List Profile, revision 1.5, section 1.3.5.
import { EvidenceError, toHex } from '../../core/index.js'
import { DerReader, derTag } from '../../encoding/index.js'
import { type Certificate, findExtension, labelOf } from '../../x509/index.js'

const sgxOid = '1.2.840.113741.1.13.1'
/** The same as the content of an OBJECT IDENTIFIER. */
const sgxOidBytes: readonly number[] = [0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01]

export interface PckExtension {
  readonly ppid: Uint8Array
  /** SVNs of the 16 components, and of the provisioning certification enclave. */
  readonly sgxComponents: readonly number[]
  readonly pceSvn: number
  readonly cpuSvn: Uint8Array
  /** Hex in lower case, as TCB info names them. */
  readonly pceId: string
  readonly fmspc: string
  /** 0 standard, 1 scalable, 2 scalable with integrity. */
  readonly sgxType: number
  /** Platform CA only. */
  readonly platformInstanceId?: Uint8Array
  readonly dynamicPlatform?: boolean
  readonly cachedKeys?: boolean
  readonly smtEnabled?: boolean
}

/** @throws EvidenceError ERR_CERTIFICATE_FORMAT without a well-formed SGX extension */
export function parsePckExtension(certificate: Certificate): PckExtension {
  const extension = findExtension(certificate, sgxOid)
  if (extension === undefined) throw malformed(certificate, 'has no SGX extension')
  try {
    return read(extension.value)
  } catch (cause) {
    throw malformed(certificate, 'has a malformed SGX extension', cause)
  }
}

function malformed(certificate: Certificate, message: string, cause?: unknown): EvidenceError {
  const options = cause === undefined ? {} : { cause }
  return new EvidenceError('ERR_CERTIFICATE_FORMAT', `${labelOf(certificate)} ${message}`, options)
}

function read(value: Uint8Array): PckExtension {
  const items = readItems(DerReader.over(value, 'SGX extension'))
  const tcb = readItems(required(items, 2), 2)
  const configuration = items[7]
  const platformInstanceId = items[6] === undefined ? undefined : octets(items, 6, 16)
  return {
    ppid: octets(items, 1, 16),
    sgxComponents: Array.from({ length: 16 }, (_, i) =>
      take(tcb, i + 1, (item) => item.integer('component SVN', [0, 255]))
    ),
    pceSvn: take(tcb, 17, (item) => item.integer('PCESVN', [0, 65_535])),
    cpuSvn: octets(tcb, 18, 16),
    pceId: toHex(octets(items, 3, 2)),
    fmspc: toHex(octets(items, 4, 6)),
    sgxType: take(items, 5, (item) => item.enumerated('SGX type', [0, 2])),
    ...(platformInstanceId === undefined ? {} : { platformInstanceId }),
    ...(configuration === undefined ? {} : readConfiguration(readItems(configuration, 7)))
  }
}

/** Items by the last arc of their identifiers. */
type Items = readonly (DerReader | undefined)[]

/** A SEQUENCE of SEQUENCE { OID, value }, each OID one arc below that of the extension, or of its item `parent`, and present once. */
function readItems(reader: DerReader, parent?: number): Items {
  const items: (DerReader | undefined)[] = []
  const base = parent === undefined ? sgxOidBytes : [...sgxOidBytes, parent]
  const sequence = reader.sequence('items')
  while (!sequence.atEnd) {
    const item = sequence.sequence('item')
    const arc = arcBelow(base, item.content(derTag.oid, 'id'))
    if (arc === undefined || items[arc] !== undefined) throw item.fail('unexpected item')
    items[arc] = item
  }
  reader.end()
  return items
}

/** The last arc of an OBJECT IDENTIFIER that is one arc, of one byte, longer than `base`. */
function arcBelow(base: readonly number[], oid: Uint8Array): number | undefined {
  const last = oid[base.length] ?? 0x80
  const isBelow = oid.length === base.length + 1 && base.every((byte, i) => oid[i] === byte)
  return isBelow && last < 0x80 ? last : undefined
}

function required(items: Items, arc: number): DerReader {
  const item = items[arc]
  if (item === undefined) throw new EvidenceError('ERR_ENCODING_DER', `SGX extension: item ${arc} is missing`)
  return item
}

/** The value of an item, and nothing behind it. */
function take<T>(items: Items, arc: number, readValue: (item: DerReader) => T): T {
  const item = required(items, arc)
  const value = readValue(item)
  item.end()
  return value
}

function octets(items: Items, arc: number, length: number): Uint8Array {
  return take(items, arc, (item) => {
    const bytes = item.octetString(`item ${arc}`)
    if (bytes.length !== length) throw item.fail(`item ${arc} has ${bytes.length} bytes, expected ${length}`)
    return bytes
  })
}

function readConfiguration(items: Items): Partial<PckExtension> {
  const flag = (arc: number, name: string) =>
    items[arc] === undefined ? undefined : take(items, arc, (item) => item.boolean(name))
  const [dynamicPlatform, cachedKeys, smtEnabled] = [
    flag(1, 'dynamic platform'),
    flag(2, 'cached keys'),
    flag(3, 'SMT')
  ]
  return {
    ...(dynamicPlatform === undefined ? {} : { dynamicPlatform }),
    ...(cachedKeys === undefined ? {} : { cachedKeys }),
    ...(smtEnabled === undefined ? {} : { smtEnabled })
  }
}
