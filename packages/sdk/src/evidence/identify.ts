// What bytes of unknown origin look like, by their first bytes: for files that a person hands over. Decides nothing else.
import { EvidenceError } from '../core/index.js'
import { DerReader } from '../encoding/index.js'
import { isPem } from '../encoding/pem.js'
import { cmwFormatOf } from './cmw/cmw-format.js'
import { isLikelyCcelTable } from './event-log/ccel-table.js'
import { isLikelyEventLog } from './event-log/likely.js'
import type { EvidenceKind } from './evidence.js'
import { isLikelySgx, isLikelyTdx } from './quote/likely.js'
import { parseSnpCertificateTable } from './snp/certificate-table.js'
import { isLikelySnp } from './snp/likely.js'

export type Identified =
  | { readonly what: 'evidence'; readonly kind: EvidenceKind }
  | { readonly what: 'cmw'; readonly format: 'cbor' | 'json' }
  | {
      readonly what:
        | 'certificate'
        | 'certificate-list'
        | 'pem'
        | 'snp-certificate-table'
        | 'signed-collateral'
        | 'event-log'
        | 'ccel-table'
    }

/** For each family, whether bytes look like its evidence and like no other's. One line each; apart from the registry, since verifiers never guess. */
const likely: Readonly<Record<EvidenceKind, (bytes: Uint8Array) => boolean>> = {
  snp: isLikelySnp,
  tdx: isLikelyTdx,
  sgx: isLikelySgx
}

const kinds = Object.keys(likely) as EvidenceKind[] // the keys of the literal

/** Undefined for anything that is not known. What is identified may still be malformed. */
export function identify(bytes: Uint8Array): Identified | undefined {
  const kind = kinds.find((candidate) => likely[candidate](bytes))
  if (kind !== undefined) return { what: 'evidence', kind }
  if (isSignedCollateral(bytes)) return { what: 'signed-collateral' }
  if (isPem(bytes)) return { what: 'pem' }
  if (isLikelyEventLog(bytes)) return { what: 'event-log' }
  if (isLikelyCcelTable(bytes)) return { what: 'ccel-table' }
  if (bytes[0] === 0x30) return identifyDer(bytes)
  if (isCertificateTable(bytes)) return { what: 'snp-certificate-table' }
  const cmw = cmwFormatOf(bytes)
  return cmw === undefined ? undefined : { what: 'cmw', format: cmw }
}

/** TCB info or QE identity as Intel serves them, also behind their issuer chain: PEM holds no brace. */
function isSignedCollateral(bytes: Uint8Array): boolean {
  const start = isPem(bytes) ? bytes.indexOf(0x7b) : 0
  if (start < 0) return false
  const head = String.fromCharCode(...bytes.subarray(start, start + 64))
  return /^\s*\{\s*"(?:tcbInfo|enclaveIdentity|signature)"\s*:/.test(head)
}

/** A certificate of version 3 starts with its version in [0], a list does not. */
function identifyDer(bytes: Uint8Array): Identified | undefined {
  try {
    const signed = DerReader.over(bytes, 'DER', { maxBytes: 4 << 20 })
      .sequence('outer')
      .sequence('signed part')
    return { what: signed.isNext(0xa0) ? 'certificate' : 'certificate-list' }
  } catch (error) {
    if (error instanceof EvidenceError) return undefined
    throw error
  }
}

function isCertificateTable(bytes: Uint8Array): boolean {
  try {
    return parseSnpCertificateTable(bytes).some(({ name }) => name !== undefined)
  } catch (error) {
    if (error instanceof EvidenceError) return false
    throw error
  }
}
