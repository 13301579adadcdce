// What a quote and its PCK certificate say of the platform, as JSON.
import { toHex } from '../../core/index.js'
import type { Quote } from '../../evidence/quote/index.js'
import type { Claims } from '../findings.js'
import type { PckExtension } from './pck-extension.js'

export function platformClaims(quote: Quote, extension: PckExtension | undefined): Claims {
  const { report, certification } = quote.qe
  return {
    version: quote.version,
    userData: toHex(quote.userData),
    certificationType: certification.type,
    quotingEnclave: {
      mrSigner: toHex(report.mrSigner),
      isvProdId: report.isvProdId,
      isvSvn: report.isvSvn,
      miscSelect: toHex(report.miscSelect),
      attributes: toHex(report.attributes)
    },
    ...(extension === undefined ? {} : { platform: pckClaims(extension) })
  }
}

function pckClaims(extension: PckExtension): Claims {
  const { platformInstanceId, dynamicPlatform, cachedKeys, smtEnabled } = extension
  return {
    fmspc: extension.fmspc,
    pceId: extension.pceId,
    pceSvn: extension.pceSvn,
    sgxComponents: extension.sgxComponents,
    cpuSvn: toHex(extension.cpuSvn),
    ppid: toHex(extension.ppid),
    sgxType: extension.sgxType,
    ...(platformInstanceId === undefined ? {} : { platformInstanceId: toHex(platformInstanceId) }),
    ...(dynamicPlatform === undefined ? {} : { dynamicPlatform }),
    ...(cachedKeys === undefined ? {} : { cachedKeys }),
    ...(smtEnabled === undefined ? {} : { smtEnabled })
  }
}
