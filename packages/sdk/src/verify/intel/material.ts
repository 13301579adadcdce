// Certificates, lists and signed collateral that came with the evidence or from the caller. They prove nothing by coming.
import { EvidenceError } from '../../core/index.js'
import type { Evidence } from '../../evidence/index.js'
import type { Certificate } from '../../x509/index.js'
import type { Crl } from '../../x509/parse-crl.js'
import type { CollateralUse } from '../appraisal.js'
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
 * Reads what there is.
 * @throws EvidenceError ERR_EVIDENCE_FORMAT for more than 64 items
 */
export async function readMaterial(evidence: Evidence, context: VerificationContext): Promise<Material> {
  if (evidence.endorsements.length === 0) return readGiven(context)
  const shipped = await readAll(
    evidence.endorsements.map(({ bytes }) => bytes),
    'evidence',
    context
  )
  return materialOf([...shipped, ...(await readAll(context.collateral?.given ?? [], 'caller', context))])
}

/** What the caller gave stays the same from call to call. */
async function readGiven(context: VerificationContext): Promise<Material> {
  const given = context.collateral?.given ?? []
  const kept = await context.memory.memo('intel-given', 'given', async () => ({ given, material: await read(given) }))
  return kept.given === given ? kept.material : read(given)

  async function read(bytes: readonly Uint8Array[]): Promise<Material> {
    return materialOf(await readAll(bytes, 'caller', context))
  }
}

async function readAll(
  list: readonly Uint8Array[],
  source: Source,
  { memory }: VerificationContext
): Promise<readonly Item[]> {
  const items: Item[] = []
  for (const bytes of list) for (const hint of await readHints(bytes, memory)) items.push({ ...hint, source })
  return items
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
