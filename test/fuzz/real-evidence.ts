// Genuine evidence of real machines, from the vectors. Empty where there are none.
import { type Evidence, mediaTypes } from '../../packages/sdk/src/evidence/index.js'
import { parseCertificates } from '../../packages/sdk/src/x509/parse-certificates.js'
import { hasVectors, readVector } from '../support/vectors-files.js'

export interface Sample {
  readonly name: string
  readonly evidence: Evidence
  readonly given: readonly Uint8Array[]
  readonly at: Date
}

interface Case {
  readonly id: string
  readonly kind: string
  readonly file: string
  readonly with: readonly string[]
  readonly at: string
  readonly outcome: string
}

/** With all of their certificates as endorsements, where these are valid at `now`. */
export function realReports(now: Date): readonly Evidence[] {
  return casesOf('snp-report').flatMap(({ file, with: names }) => {
    const certificates = names.flatMap((name) => parseCertificates(readVector(name)))
    if (certificates.some(({ notBefore, notAfter }) => now < notBefore || now > notAfter)) return []
    const endorsements = certificates.map(({ der }) => ({ mediaType: mediaTypes.certificate, bytes: der }))
    return [{ kind: 'snp' as const, bytes: readVector(file), endorsements }]
  })
}

/** One quote of each kind, with its collateral as the caller's. */
export function realQuotes(): readonly Sample[] {
  return (['tdx-quote-v4', 'tdx-quote-v5', 'sgx-quote-v3'] as const).flatMap((kind) => {
    const [found] = casesOf(kind)
    if (found === undefined) return []
    const evidence: Evidence = {
      kind: kind.startsWith('tdx') ? 'tdx' : 'sgx',
      bytes: readVector(found.file),
      endorsements: []
    }
    const given = found.with.map(readVector)
    return [{ name: kind, evidence, given, at: new Date(found.at) }]
  })
}

function casesOf(kind: string): readonly Case[] {
  if (!hasVectors) return []
  const cases = JSON.parse(new TextDecoder().decode(readVector('cases.json'))) as readonly Case[] // the vectors describe themselves in this form
  return cases.filter((each) => each.kind === kind && each.outcome === 'genuine')
}
