// Evidence from a file: a CMW, or a report as the device made it.
import { EvidenceError, expectOneOf, UsageError } from '../core/index.js'
import { decodeEvidence } from '../evidence/cmw/decode-evidence.js'
import { type Evidence, type EvidenceKind, evidenceFormats, identify } from '../evidence/index.js'
import { readInput } from './files.js'
import type { Io } from './io.js'

/**
 * @param kind what it must be; absent: what it looks like
 * @throws UsageError ERR_USAGE_FILE, EvidenceError, UnavailableError ERR_KIND_UNSUPPORTED
 */
export async function readEvidence(path: string, kind: EvidenceKind | undefined, io: Io): Promise<Evidence> {
  const evidence = evidenceFrom(await readInput(path, io), path, kind)
  if (kind === undefined || evidence.kind === kind) return evidence
  throw new UsageError('ERR_USAGE_OPTION', `${path}: expected evidence of kind ${kind}, found ${evidence.kind}`)
}

/** @throws UsageError ERR_USAGE_OPTION */
export function expectKind(value: string | undefined): EvidenceKind | undefined {
  if (value === undefined) return undefined
  return expectOneOf(
    value,
    evidenceFormats.map((format) => format.kind),
    '--kind'
  )
}

/** What the bytes of a file hold. */
export function evidenceFrom(bytes: Uint8Array, path: string, kind: EvidenceKind | undefined): Evidence {
  const found = identify(bytes)
  if (found?.what === 'cmw') return decodeEvidence(bytes)
  if (found?.what === 'evidence') return { kind: kind ?? found.kind, bytes, endorsements: [] }
  if (found === undefined && kind !== undefined) return { kind, bytes, endorsements: [] }
  const what = found === undefined ? 'something else' : `a ${found.what}`
  throw new EvidenceError('ERR_EVIDENCE_FORMAT', `${path}: expected a CMW or a report, found ${what}`, {
    details: { remedy: `see what it is with \`tresor inspect ${path}\`` }
  })
}
