// Certificates and revocation lists in words.
import { createHash } from 'node:crypto'
import { TresorError, toHex } from '../../core/index.js'
import { simulatorOrganization } from '../../evidence/index.js'
import { parseSnpLeaf } from '../../verify/index.js'
import { type Certificate, labelOf, type Name, nameOf, parseCertificate, parseKeyAlgorithm } from '../../x509/index.js'
import { type Crl, parseCrl } from '../../x509/parse-crl.js'
import { type Description, describe, type Remark } from './description.js'
import { pckFields } from './pck.js'
import { validityRemark } from './validity.js'

/** @throws EvidenceError */
export function describeCertificate(der: Uint8Array, now: Date): Description {
  const certificate = parseCertificate(der)
  return describe('certificate', `certificate ${labelOf(certificate)}`, {
    fields: { ...commonFields(certificate), ...snpFields(certificate), ...pckFields(certificate) },
    remarks: [...simulatorRemark(certificate), ...validityRemark(certificate.notBefore, certificate.notAfter, now)]
  })
}

/** @throws EvidenceError */
export function describeCrl(der: Uint8Array, now: Date): Description {
  const crl = parseCrl(der)
  return describe('certificate-list', `revocation list of ${nameText(crl.issuer)}`, {
    fields: {
      issued: crl.thisUpdate.toISOString(),
      'next update': crl.nextUpdate?.toISOString() ?? 'not stated',
      ...(crl.crlNumber === undefined ? {} : { number: crl.crlNumber.toString() }),
      revokes: revokedText(crl),
      'SHA-256': fingerprint(der)
    },
    remarks: crl.nextUpdate === undefined ? [] : validityRemark(crl.thisUpdate, crl.nextUpdate, now)
  })
}

function commonFields(certificate: Certificate): Record<string, string> {
  const { basicConstraints, keyUsage } = certificate
  return {
    subject: nameText(certificate.subject),
    issuer: nameText(certificate.issuer),
    'valid from': certificate.notBefore.toISOString(),
    'valid until': certificate.notAfter.toISOString(),
    key: keyText(certificate.spki),
    authority: basicConstraints?.ca === true ? 'yes' : 'no',
    ...(keyUsage === undefined ? {} : { use: keyUsage.join(', ') }),
    'SHA-256': fingerprint(certificate.der)
  }
}

/** What AMD's certificates of signing keys state beside. */
function snpFields(certificate: Certificate): Record<string, string> {
  if (!/^SEV-V[CL]EK$/.test(nameOf(certificate, 'commonName') ?? '')) return {}
  const leaf = parseSnpLeaf(certificate)
  return {
    'signs for': `${leaf.signingKey}, ${leaf.productName}`,
    TCB: Object.entries(leaf.tcb)
      .map(([name, value]) => `${name} ${value}`)
      .join(', '),
    ...(leaf.hwId === undefined ? {} : { 'chip id': toHex(leaf.hwId) }),
    ...(leaf.cspId === undefined ? {} : { cloud: leaf.cspId })
  }
}

function simulatorRemark(certificate: Certificate): readonly Remark[] {
  if (nameOf(certificate, 'organizationName') !== simulatorOrganization) return []
  return [{ tone: 'bad', text: 'made by the simulator: what it certifies proves nothing' }]
}

function revokedText({ revoked }: Crl): string {
  if (revoked.length === 0) return 'nothing'
  const serials = revoked.slice(0, 8).map(({ serialNumber }) => toHex(serialNumber))
  return `${revoked.length}: ${serials.join(', ')}${revoked.length > 8 ? ', …' : ''}`
}

const shortNames: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU'
}

function nameText({ attributes }: Name): string {
  return attributes.map(({ oid, value }) => `${shortNames[oid] ?? oid}=${value}`).join(', ')
}

function keyText(spki: Uint8Array): string {
  try {
    const algorithm = parseKeyAlgorithm(spki)
    return algorithm.kind === 'ec' ? algorithm.curve : 'RSA'
  } catch (error) {
    if (!TresorError.is(error)) throw error
    return 'of a kind that is not known here'
  }
}

function fingerprint(der: Uint8Array): string {
  return createHash('sha256').update(der).digest('hex')
}
