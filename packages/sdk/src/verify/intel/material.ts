// Certificates, lists and signed collateral that came with the evidence or from the caller. They prove nothing by coming.
import { EvidenceError, TresorError } from '../../core/index.js'
import { isPem, parsePem } from '../../encoding/index.js'
import type { Evidence } from '../../evidence/index.js'
import { type Certificate, type Crl, parseCertificate, parseCrl } from '../../x509/index.js'
import type { CollateralUse } from '../appraisal.js'
import { sha256Hex } from '../memory.js'
import type { VerificationContext } from '../verifier.js'
import { isSignedCollateral, parseSignedCollateral, type SignedCollateral } from './signed-collateral.js'

export type Source = CollateralUse['source']

/** A thing read from bytes, with their digest and where they came from. */
export interface Found<T> {
  readonly value: T
  readonly sha256: string
  readonly source: Source
  readonly stale?: boolean
}

export interface Material {
  readonly certificates: readonly Found<Certificate>[]
  readonly crls: readonly Found<Crl>[]
  readonly collateral: readonly Found<SignedCollateral>[]
}

type Item =
  | { readonly type: 'certificate'; readonly value: Certificate; readonly sha256: string }
  | { readonly type: 'crl'; readonly value: Crl; readonly sha256: string }
  | { readonly type: 'collateral'; readonly value: SignedCollateral; readonly sha256: string }

const maxItems = 64

/**
 * Reads what there is. Bytes that are nothing of ours are left alone; malformed ones of ours are left out, since a hint that cannot be
 * read is a hint that is not there.
 * @throws EvidenceError ERR_EVIDENCE_FORMAT for more than 64 items
 */
export async function readMaterial(evidence: Evidence, context: VerificationContext): Promise<Material> {
  const items: (Item & { readonly source: Source })[] = []
  for (const { bytes } of evidence.endorsements) items.push(...(await readItems(bytes, 'evidence', context)))
  for (const bytes of context.collateral?.given ?? []) items.push(...(await readItems(bytes, 'caller', context)))
  if (items.length > maxItems)
    throw new EvidenceError('ERR_EVIDENCE_FORMAT', `endorsements: expected at most ${maxItems} items`)
  return {
    certificates: items.filter((item) => item.type === 'certificate'),
    crls: items.filter((item) => item.type === 'crl'),
    collateral: items.filter((item) => item.type === 'collateral')
  }
}

async function readItems(
  bytes: Uint8Array,
  source: Source,
  context: VerificationContext
): Promise<(Item & { source: Source })[]> {
  const sha256 = await sha256Hex(bytes)
  const items = await context.memory.memo('intel-hint', sha256, () => parseItems(bytes, sha256))
  return items.map((item) => ({ ...item, source }))
}

async function parseItems(bytes: Uint8Array, sha256: string): Promise<Item[]> {
  try {
    if (isSignedCollateral(bytes)) {
      const value = parseSignedCollateral(bytes)
      const issuers = await Promise.all(value.issuerChain.map(certificateItem))
      return [{ type: 'collateral', value, sha256 }, ...issuers]
    }
    if (isPem(bytes)) return await Promise.all(parsePem(bytes).map(parseBlock))
    return bytes[0] === 0x30 ? [parseDer(bytes, sha256)] : []
  } catch (error) {
    if (TresorError.is(error)) return []
    throw error
  }
}

async function parseBlock({ label, bytes }: { readonly label: string; readonly bytes: Uint8Array }): Promise<Item> {
  const sha256 = await sha256Hex(bytes)
  if (label === 'X509 CRL') return { type: 'crl', value: parseCrl(bytes), sha256 }
  return { type: 'certificate', value: parseCertificate(bytes), sha256 }
}

async function certificateItem(value: Certificate): Promise<Item> {
  return { type: 'certificate', value, sha256: await sha256Hex(value.der) }
}

/** One certificate or one list: the reader of the other refuses it. */
function parseDer(bytes: Uint8Array, sha256: string): Item {
  try {
    return { type: 'certificate', value: parseCertificate(bytes), sha256 }
  } catch (error) {
    if (TresorError.is(error)) return { type: 'crl', value: parseCrl(bytes), sha256 }
    throw error
  }
}
