// What Intel's certificates of platforms (PCK) state beside.
import { toHex } from '../../core/index.js'
import { type PckExtension, parsePckExtension } from '../../verify/node/index.js'
import { type Certificate, nameOf } from '../../x509/index.js'

const sgxTypes = ['standard', 'scalable', 'scalable with integrity'] as const

/** Nothing for other certificates. @throws EvidenceError ERR_CERTIFICATE_FORMAT without a well-formed SGX extension */
export function pckFields(certificate: Certificate): Record<string, string> {
  if (nameOf(certificate, 'commonName') !== 'Intel SGX PCK Certificate') return {}
  const pck = parsePckExtension(certificate)
  return {
    FMSPC: pck.fmspc,
    'PCE id': pck.pceId,
    'SGX SVNs': pck.sgxComponents.join(' '),
    'PCE SVN': String(pck.pceSvn),
    'CPU SVN': toHex(pck.cpuSvn),
    PPID: toHex(pck.ppid),
    'SGX type': sgxTypes[pck.sgxType] ?? String(pck.sgxType),
    'certified by': caText(certificate),
    ...platformFields(pck)
  }
}

function caText({ issuer }: Certificate): string {
  const name = issuer.attributes.find(({ oid }) => oid === '2.5.4.3')?.value ?? ''
  const [, ca] = /^Intel SGX PCK (Platform|Processor) CA$/.exec(name) ?? []
  return ca === undefined ? 'another CA than the two of Intel' : `${ca} CA`
}

/** Stated under the Platform CA only. */
function platformFields(pck: PckExtension): Record<string, string> {
  return {
    ...(pck.platformInstanceId === undefined ? {} : { 'platform instance id': toHex(pck.platformInstanceId) }),
    ...flagField('dynamic platform', pck.dynamicPlatform),
    ...flagField('cached keys', pck.cachedKeys),
    ...flagField('SMT enabled', pck.smtEnabled)
  }
}

function flagField(name: string, flag: boolean | undefined): Record<string, string> {
  return flag === undefined ? {} : { [name]: flag ? 'yes' : 'no' }
}
