// Endorsements out of the certificate table that the host gave with a report. The host may give nonsense: what parses travels
// along as a hint, what does not is left out, and attesting goes on either way.
import { TresorError } from '../../core/index.js'
import { type Endorsement, mediaTypes } from '../../evidence/index.js'
import { parseSnpCertificateTable, type SnpCertificateEntry } from '../../evidence/snp/certificate-table.js'
import { parseCertificates } from '../../x509/parse-certificates.js'

export interface TableReading {
  readonly endorsements: readonly Endorsement[]
  /** What was left out and why, one sentence each. */
  readonly problems: readonly string[]
}

/** Certificates of all entries that have any, DER each. */
export function readCertificateTable(table: Uint8Array): TableReading {
  const entries = tryRead(() => parseSnpCertificateTable(table))
  if (!entries.ok) return { endorsements: [], problems: [entries.problem] }
  const readings = entries.value.filter(({ name }) => name !== undefined).map(readEntry)
  return {
    endorsements: readings.flatMap(({ endorsements }) => endorsements),
    problems: readings.flatMap(({ problems }) => problems)
  }
}

/** Tells the operator once for each provider: the evidence may need collateral from elsewhere. */
export function createTableReader(provider: string): (table: Uint8Array) => readonly Endorsement[] {
  let warned = false
  return (table) => {
    const { endorsements, problems } = readCertificateTable(table)
    if (problems.length > 0 && !warned) {
      warned = true
      process.emitWarning(`${provider}: the host's certificate table is partly unusable: ${problems.join('; ')}`, {
        code: 'TRESOR_SNP_TABLE'
      })
    }
    return endorsements
  }
}

function readEntry({ name, guid, bytes }: SnpCertificateEntry): TableReading {
  const certificates = tryRead(() => parseCertificates(bytes))
  if (!certificates.ok) return { endorsements: [], problems: [`${name ?? guid}: ${certificates.problem}`] }
  const endorsements = certificates.value.map(({ der }) => ({ mediaType: mediaTypes.certificate, bytes: der }))
  return { endorsements, problems: [] }
}

type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string }

function tryRead<T>(read: () => T): Attempt<T> {
  try {
    return { ok: true, value: read() }
  } catch (error) {
    if (!TresorError.is(error)) throw error
    return { ok: false, problem: error.message }
  }
}
