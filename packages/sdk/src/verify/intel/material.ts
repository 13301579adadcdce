// Certificates, lists and signed collateral that came with the evidence or from the caller. They prove nothing by coming.
import { EvidenceError } from '../../core/index.js'
import type { Evidence } from '../../evidence/index.js'
import type { Certificate } from '../../x509/index.js'
import type { Crl } from '../../x509/parse-crl.js'
import type { CollateralUse } from '../appraisal.js'
import { sha256Hex } from '../memory.js'
import type { VerificationContext } from '../verifier.js'
import { type Hint, readHints } from './hint.js'
import type { SignedCollateral } from './signed-collateral.js'

export type Source = CollateralUse['source']

/** A thing read from bytes, with their digest and where they came from. */
export interface Found<T> {
  readonly value: T
  readonly sha256: string
  readonly source: Source
  /** Out of date, and taken all the same: the policy admits it for so long. */
  readonly stale?: boolean
}

export interface Material {
  readonly certificates: readonly Found<Certificate>[]
  readonly crls: readonly Found<Crl>[]
  readonly collateral: readonly Found<SignedCollateral>[]
  /** Names the certificates, all of them. */
  readonly certificatesId: string
}

const maxItems = 64

type Item = Hint & { readonly source: Source }

/**
 * Reads what there is. The same bytes give the same value again.
 * @throws EvidenceError ERR_EVIDENCE_FORMAT for more than 64 items
 */
export async function readMaterial({ endorsements }: Evidence, context: VerificationContext): Promise<Material> {
  const given = context.collateral?.given ?? []
  const ids: string[] = []
  for (const { bytes } of endorsements) ids.push(await sha256Hex(bytes))
  const read = async (): Promise<Kept> => ({ given, material: await readItems(endorsements, ids, given, context) })
  const kept = await context.memory.memo('intel-material', ids.join(), read)
  return kept.given === given ? kept.material : (await read()).material
}

interface Kept {
  readonly given: readonly Uint8Array[]
  readonly material: Material
}

async function readItems(
  endorsements: Evidence['endorsements'],
  ids: readonly string[],
  given: readonly Uint8Array[],
  { memory }: VerificationContext
): Promise<Material> {
  const items: Item[] = []
  const add = async (bytes: Uint8Array, sha256: string, source: Source): Promise<void> => {
    for (const hint of await readHints(bytes, sha256, memory)) items.push({ ...hint, source })
  }
  for (const [i, { bytes }] of endorsements.entries()) await add(bytes, ids[i] ?? '', 'evidence')
  for (const bytes of given) await add(bytes, await sha256Hex(bytes), 'caller')
  return materialOf(items)
}

function materialOf(items: readonly Item[]): Material {
  if (items.length > maxItems)
    throw new EvidenceError('ERR_EVIDENCE_FORMAT', `endorsements: expected at most ${maxItems} items`)
  const certificates = items.filter((item) => item.type === 'certificate')
  return {
    certificates,
    crls: items.filter((item) => item.type === 'crl'),
    collateral: items.filter((item) => item.type === 'collateral'),
    certificatesId: certificates.map(({ sha256 }) => sha256).join()
  }
}
