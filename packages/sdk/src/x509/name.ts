// Distinguished names (RFC 5280 §4.1.2.4). They are compared as DER, never as text.
import { DerReader, toPrintable } from '../encoding/index.js'
import type { Certificate, Name } from './certificate.js'

const attributeOids = {
  commonName: '2.5.4.3',
  countryName: '2.5.4.6',
  localityName: '2.5.4.7',
  stateOrProvinceName: '2.5.4.8',
  organizationName: '2.5.4.10',
  organizationalUnitName: '2.5.4.11'
} as const

export type NameAttribute = keyof typeof attributeOids

/**
 * Reads a Name with string attributes of any type.
 * @throws EvidenceError ERR_ENCODING_DER
 */
export function parseName(der: Uint8Array): Name {
  const reader = DerReader.over(der, 'name')
  const sequence = reader.sequence('Name')
  reader.end()
  const attributes: { readonly oid: string; readonly value: string }[] = []
  while (!sequence.atEnd) readRelativeName(sequence.set('RelativeDistinguishedName'), attributes)
  return { der, attributes }
}

/** The subject's attribute, or undefined where it has none or several of them: what is ambiguous names nothing. */
export function nameOf(certificate: Certificate, attribute: NameAttribute): string | undefined {
  return attributeOf(certificate.subject, attribute)
}

/** As `nameOf`, of any name: the issuer of a list. */
export function attributeOf(name: Name, attribute: NameAttribute): string | undefined {
  const oid = attributeOids[attribute]
  const found = name.attributes.filter((candidate) => candidate.oid === oid)
  return found.length === 1 ? found[0]?.value : undefined
}

/** A short printable name for messages. It is the certificate's own word: nothing may be decided by it. */
export function labelOf(certificate: Certificate): string {
  return labelOfName(certificate.subject)
}

export function labelOfName(name: Name): string {
  const found = name.attributes.find((attribute) => attribute.oid === attributeOids.commonName)
  const text = found && toPrintable(found.value)
  return text === undefined || text === '' ? '(no common name)' : text
}

/** Object identifier of an attribute of names, for those who build them. */
export function oidOfAttribute(attribute: NameAttribute): string {
  return attributeOids[attribute]
}

function readRelativeName(set: DerReader, attributes: { readonly oid: string; readonly value: string }[]): void {
  do {
    const pair = set.sequence('AttributeTypeAndValue')
    attributes.push({ oid: pair.oid('AttributeType'), value: pair.text('AttributeValue') })
    pair.end()
  } while (!set.atEnd)
}
