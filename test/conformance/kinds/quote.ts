// Intel's quotes: claims under the names of the conformance file.
import { type Appraisal, authenticate } from '@tresor/sdk/verify'
import { toHex } from '../../../packages/sdk/src/core/index.js'
import {
  decodeTdAttributes,
  isDebugEnclave,
  parseQuote,
  type Quote
} from '../../../packages/sdk/src/evidence/quote/index.js'
import { certificatesOf, findQuoteLeaf, pckCaOf } from '../../../packages/sdk/src/verify/intel/pck-chain.js'
import { parsePckExtension } from '../../../packages/sdk/src/verify/intel/pck-extension.js'
import type { ConformanceCase } from '../case.js'
import type { ConformanceKind } from '../kind.js'
import { offlineCollateral } from '../offline-collateral.js'

type Claims = Readonly<Record<string, unknown>>

/** Header, body fields, signature, key, QE report: ends of fields up to where lengths vary. */
const boundaries = [
  0, 2, 4, 8, 12, 28, 48, 50, 54, 64, 112, 160, 168, 176, 184, 232, 280, 328, 376, 424, 432, 436, 472, 500, 520, 564,
  568, 584, 632, 636, 648, 696, 700, 702, 706, 764, 770, 1150, 1154, 1218, 1222
]

/** Kinds of the file carry the version, ours does not. */
export const quotes: readonly ConformanceKind[] = [
  quoteKind('sgx-quote-v3', 'sgx'),
  quoteKind('sgx-quote-v4', 'sgx'),
  quoteKind('sgx-quote-v5', 'sgx'),
  quoteKind('tdx-quote-v4', 'tdx'),
  quoteKind('tdx-quote-v5', 'tdx')
]

function quoteKind(name: string, kind: 'sgx' | 'tdx'): ConformanceKind {
  return {
    name,
    authenticate: (testCase, bytes) =>
      authenticate(
        { kind, bytes, endorsements: [] },
        { collateral: offlineCollateral(testCase.with), ...(testCase.at === undefined ? {} : { now: testCase.at }) }
      ),
    decode: ({ bytes }: ConformanceCase) => claimsOfQuote(parseQuote(bytes)),
    claimsOf: renameClaims,
    boundaries
  }
}

function renameClaims({ claims }: Appraisal): Claims {
  const platform = claims.platform as Claims | undefined // an object where authentication succeeded
  const enclave = claims.quotingEnclave as Claims // always an object
  return {
    version: claims.version,
    tee: claims.tee,
    tcb: platform && {
      fmspc: platform.fmspc,
      pceid: platform.pceId,
      pcesvn: platform.pceSvn,
      sgx_components: platform.sgxComponents,
      ca: platform.platformInstanceId === undefined ? 'Processor' : 'Platform',
      sgx_type: platform.sgxType
    },
    cert_data_type: claims.certificationType,
    qe: {
      mrsigner: enclave.mrSigner,
      misc: enclave.miscSelect,
      attr: enclave.attributes,
      prodid: enclave.isvProdId,
      isvsvn: enclave.isvSvn
    },
    user_data: claims.userData,
    report_data: claims.reportData,
    debug: claims.debug,
    ...(claims.tee === 'tdx' ? tdClaims(claims) : enclaveClaims(claims))
  }
}

function tdClaims(claims: Claims): Claims {
  return {
    tee_tcb_svn: claims.teeTcbSvn,
    mr_seam: claims.mrSeam,
    mr_signer_seam: claims.mrSignerSeam,
    seam_attributes: claims.seamAttributes,
    td_attributes: (claims.attributes as Claims).raw,
    xfam: claims.xfam,
    mr_td: claims.mrTd,
    mr_config_id: claims.mrConfigId,
    mr_owner: claims.mrOwner,
    mr_owner_config: claims.mrOwnerConfig,
    rtmrs: claims.rtmr,
    body_type: claims.version === 5 ? bodyTypeOf(claims) : undefined,
    tee_tcb_svn2: claims.teeTcbSvn2,
    mr_service_td: claims.mrServiceTd
  }
}

function bodyTypeOf(claims: Claims): number {
  if (claims.tdId !== undefined) return 4
  return claims.teeTcbSvn2 === undefined ? 2 : 3
}

function enclaveClaims(claims: Claims): Claims {
  return {
    cpusvn: claims.cpuSvn,
    miscselect: claims.miscSelect,
    attributes: claims.attributes,
    mr_enclave: claims.mrEnclave,
    mr_signer: claims.mrSigner,
    isv_prod_id: claims.isvProdId,
    isv_svn: claims.isvSvn
  }
}

/** What the bytes say, for quotes that cannot be authenticated. The platform's versions stand in the PCK certificate. */
function claimsOfQuote(quote: Quote): Claims {
  const { report } = quote.qe
  return {
    version: quote.version,
    tee: quote.body.tee,
    tcb: platformOf(quote),
    cert_data_type: quote.qe.certification.type,
    qe: {
      mrsigner: toHex(report.mrSigner),
      misc: toHex(report.miscSelect),
      attr: toHex(report.attributes),
      prodid: report.isvProdId,
      isvsvn: report.isvSvn
    },
    user_data: toHex(quote.userData),
    ...claimsOfBody(quote.body)
  }
}

function platformOf(quote: Quote): Claims {
  const leaf = findQuoteLeaf(quote, certificatesOf(quote))
  if (leaf === undefined) return {}
  const extension = parsePckExtension(leaf)
  return {
    fmspc: extension.fmspc,
    pceid: extension.pceId,
    pcesvn: extension.pceSvn,
    sgx_components: extension.sgxComponents,
    ca: pckCaOf(leaf) === 'platform' ? 'Platform' : 'Processor',
    sgx_type: extension.sgxType
  }
}

function claimsOfBody(body: Quote['body']): Claims {
  if (body.tee === 'tdx') {
    const { report } = body
    return {
      report_data: toHex(report.reportData),
      debug: decodeTdAttributes(report.tdAttributes).debug,
      mr_td: toHex(report.mrTd),
      rtmrs: report.rtmr.map(toHex)
    }
  }
  const { report } = body
  return {
    report_data: toHex(report.reportData),
    debug: isDebugEnclave(report),
    cpusvn: toHex(report.cpuSvn),
    miscselect: toHex(report.miscSelect),
    attributes: toHex(report.attributes),
    mr_enclave: toHex(report.mrEnclave),
    mr_signer: toHex(report.mrSigner),
    isv_prod_id: report.isvProdId,
    isv_svn: report.isvSvn
  }
}
