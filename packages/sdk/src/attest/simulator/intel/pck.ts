// PCK certificates: they state which platform a key belongs to, and in which versions.
// Intel SGX PCK Certificate and Certificate Revocation List Profile, revision 1.5, section 1.3.
import type { KeyObject } from 'node:crypto'
import { concatBytes } from '../../../core/index.js'
import { derBoolean, derEnumerated, derInteger, derOctetString, derOid, derSequence } from '../../../encoding/index.js'
import { basicConstraintsExtension, buildCertificate, type Extension } from '../../../x509/index.js'
import { spkiOf, type Validity } from '../vendor.js'
import { authorityKeyExtension, crlPointExtension, subjectKeyExtension } from './extensions.js'
import { deriveP256Key } from './p256-key.js'
import type { IntelPlatform } from './platform.js'
import {
  caRoleOf,
  ecdsaSha256,
  type IntelVendor,
  intelName,
  keyIdOf,
  nameOfRole,
  signerUse,
  signWithP256
} from './vendor.js'

const sgxOid = '1.2.840.113741.1.13.1'

export interface PckTemplate extends Validity {
  /** In place of those of the profile. */
  readonly extensions?: readonly Extension[]
  /** In place of the authority's. */
  readonly signingKey?: KeyObject
}

/** The certificate of the key that `platform` has in its present versions. */
export function issuePck(
  vendor: IntelVendor,
  platform: IntelPlatform,
  { extensions = pckExtensions(vendor, platform), signingKey, ...validity }: PckTemplate
): Promise<Uint8Array> {
  const issuer = caRoleOf(platform.ca)
  const template = {
    ...validity,
    serialNumber: pckSerialOf(platform),
    issuer: nameOfRole(vendor, issuer),
    subject: intelName(vendor, 'Intel SGX PCK Certificate'),
    spki: spkiOf(pckKeyOf(platform)),
    signatureAlgorithm: ecdsaSha256,
    extensions
  }
  return buildCertificate(template, signWithP256(signingKey ?? vendor.keys[issuer]))
}

/** As in the real one, the key changes with every version. */
export function pckKeyOf({ secret, cpuSvn, pceSvn }: IntelPlatform): KeyObject {
  return deriveP256Key(secret, 'pck', concatBytes(cpuSvn, Uint8Array.of(pceSvn & 0xff, pceSvn >> 8)))
}

export function pckSerialOf(platform: IntelPlatform): Uint8Array {
  return keyIdOf(pckKeyOf(platform))
}

export function pckExtensions(vendor: IntelVendor, platform: IntelPlatform): readonly Extension[] {
  return [
    authorityKeyExtension(keyIdOf(vendor.keys[caRoleOf(platform.ca)])),
    crlPointExtension(vendor.crlUrls[platform.ca]),
    subjectKeyExtension(pckSerialOf(platform)),
    signerUse,
    basicConstraintsExtension(false),
    { oid: sgxOid, critical: false, value: encodeSgxExtension(platform) }
  ]
}

function encodeSgxExtension(platform: IntelPlatform): Uint8Array {
  return derSequence(
    item('1', derOctetString(platform.ppid)),
    item('2', encodeTcb(platform)),
    item('3', derOctetString(platform.pceId)),
    item('4', derOctetString(platform.fmspc)),
    item('5', derEnumerated(platform.ca === 'platform' ? 1 : 0)),
    ...(platform.ca === 'platform' ? encodePlatformItems(platform) : [])
  )
}

function encodeTcb({ sgxComponents, pceSvn, cpuSvn }: IntelPlatform): Uint8Array {
  return derSequence(
    ...sgxComponents.map((svn, i) => item(`2.${i + 1}`, derInteger(svn))),
    item('2.17', derInteger(pceSvn)),
    item('2.18', derOctetString(cpuSvn))
  )
}

/** Instance id and configuration: the Platform CA states them, the Processor CA does not. */
function encodePlatformItems({
  platformInstanceId,
  dynamicPlatform,
  cachedKeys,
  smtEnabled
}: IntelPlatform): Uint8Array[] {
  const configuration = derSequence(
    item('7.1', derBoolean(dynamicPlatform)),
    item('7.2', derBoolean(cachedKeys)),
    item('7.3', derBoolean(smtEnabled))
  )
  return [item('6', derOctetString(platformInstanceId)), item('7', configuration)]
}

function item(arc: string, value: Uint8Array): Uint8Array {
  return derSequence(derOid(`${sgxOid}.${arc}`), value)
}
