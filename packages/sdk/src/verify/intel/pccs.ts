// Intel's service with options, and caching services (PCCS) in its place. A PCCS serves the paths of Intel's API, and the list of the
// root beside them. Intel SGX and TDX Provisioning Certification Service API v3 and v4; Intel PCCS design guide, "Root CA CRL".
import { expectInteger, expectOneOf, expectOptions, expectString, UsageError } from '../../core/index.js'
import type { Services } from '../collateral/services.js'
import { pcsBaseUrl } from './items.js'

/** Which evaluation of TCBs to ask for. Absent: the standard one. */
export interface IntelPcsOptions {
  /** `early`: as soon as Intel has evaluated; `standard`: after the time that platforms get to update. */
  readonly update?: 'early' | 'standard'
  /** One evaluation by its number. */
  readonly tcbEvaluationDataNumber?: number
}

export interface PccsOptions extends IntelPcsOptions {
  /** Version of the API. Default `v4`; `v3` knows SGX alone. */
  readonly api?: 'v3' | 'v4'
}

const evaluationKeys = ['update', 'tcbEvaluationDataNumber'] as const

/**
 * Intel's own service, for `services` of `createCollateral`, where the evaluation is to be chosen. Give each choice a store of its own.
 * @throws UsageError ERR_USAGE_OPTION
 */
export function intelPcs(options: IntelPcsOptions = {}): Services {
  expectOptions(options, evaluationKeys, 'intelPcs')
  const query = queryOf(options)
  return { 'intel-pcs': { url: pcsBaseUrl, path: (path) => withQuery(path, query) } }
}

/**
 * A caching service at `url`, for `services` of `createCollateral`: it takes the place of Intel's service and of Intel's web site.
 * @throws UsageError ERR_USAGE_OPTION
 * @example
 * const collateral = createCollateral({ services: pccs('https://pccs.example:8081') })
 */
export function pccs(url: string, options: PccsOptions = {}): Services {
  expectString(url, 'url')
  expectOptions(options, ['api', ...evaluationKeys], 'pccs')
  const api = expectOneOf(options.api ?? 'v4', ['v3', 'v4'], 'api')
  const query = queryOf(options)
  const rename = (path: string): string =>
    path.replace('/certification/v4/', `/certification/${api}/`).replace('#', '&')
  return {
    'intel-pcs': { url, path: (path) => withQuery(rename(path), query) },
    'intel-root-crl': { url, path: () => `/sgx/certification/${api}/rootcacrl` }
  }
}

function queryOf({ update, tcbEvaluationDataNumber }: IntelPcsOptions): string {
  if (update !== undefined && tcbEvaluationDataNumber !== undefined) {
    throw new UsageError('ERR_USAGE_OPTION', 'update and tcbEvaluationDataNumber exclude each other')
  }
  if (update !== undefined) return `update=${expectOneOf(update, ['early', 'standard'], 'update')}`
  if (tcbEvaluationDataNumber === undefined) return ''
  return `tcbEvaluationDataNumber=${expectInteger(tcbEvaluationDataNumber, [0, 0xffff_ffff], 'tcbEvaluationDataNumber')}`
}

/** Certificates and lists of revoked ones have no evaluation. */
function withQuery(path: string, query: string): string {
  if (query === '' || /\/pckc(?:rl|ert)\?/.test(path)) return path
  return `${path}${path.includes('?') ? '&' : '?'}${query}`
}
