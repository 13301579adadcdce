// Bytes of unknown origin in words, by what they look like.
import { assertNever, EvidenceError, TresorError } from '../../core/index.js'
import { parsePem } from '../../encoding/pem.js'
import { decodeEvidence } from '../../evidence/cmw/decode-evidence.js'
import { type Endorsement, type EvidenceKind, type Identified, identify, mediaTypes } from '../../evidence/index.js'
import { parseSnpCertificateTable } from '../../evidence/snp/certificate-table.js'
import { describeCertificate, describeCrl } from './certificate.js'
import { type Description, describe } from './description.js'
import { describeCcelTable, describeEventLog } from './event-log.js'
import { describeQuote } from './quote.js'
import { describeSignedCollateral } from './signed-collateral.js'
import { describeSnpReport } from './snp-report.js'

/** @throws EvidenceError for what is malformed or not known */
export function inspect(bytes: Uint8Array, now: Date): Description {
  const found = identify(bytes)
  if (found !== undefined) return inspectKnown(bytes, found, now)
  throw new EvidenceError(
    'ERR_EVIDENCE_FORMAT',
    `not known: ${bytes.length} bytes that are no report, quote, CMW, certificate, list, signed collateral or event log`,
    {
      details: { remedy: 'check how the file was made: text encodings such as base64 or hex must be undone first' }
    }
  )
}

function inspectKnown(bytes: Uint8Array, found: Identified, now: Date): Description {
  switch (found.what) {
    case 'evidence':
      return describeReport(found.kind, bytes, now)
    case 'cmw':
      return describeCmw(bytes, found.format, now)
    case 'certificate':
      return describeCertificate(bytes, now)
    case 'certificate-list':
      return describeCrl(bytes, now)
    case 'pem':
      return describePem(bytes, now)
    case 'snp-certificate-table':
      return describeTable(bytes, now)
    case 'signed-collateral':
      return describeSignedCollateral(bytes, now)
    case 'event-log':
      return describeEventLog(bytes)
    case 'ccel-table':
      return describeCcelTable(bytes)
    default:
      return assertNever(found)
  }
}

function describeReport(kind: EvidenceKind, bytes: Uint8Array, now: Date): Description {
  switch (kind) {
    case 'snp':
      return describeSnpReport(bytes)
    case 'tdx':
    case 'sgx':
      return describeQuote(bytes, (pem) => attempt('certificates', () => describePem(pem, now)))
    default:
      return assertNever(kind)
  }
}

function describeCmw(bytes: Uint8Array, format: string, now: Date): Description {
  const { kind, bytes: report, endorsements } = decodeEvidence(bytes)
  const parts = [
    describeReport(kind, report, now),
    ...endorsements.map((endorsement) => attempt(endorsement.mediaType, () => describeEndorsement(endorsement, now)))
  ]
  const simulated = parts.flatMap(allRemarks).some(({ text }) => text.startsWith('made by the simulator'))
  return describe('cmw', `CMW in ${format.toUpperCase()}`, {
    fields: { evidence: kind, endorsements: String(endorsements.length) },
    remarks: simulated ? [{ tone: 'bad', text: 'this evidence comes from the simulator: it proves nothing' }] : [],
    parts
  })
}

function describeEndorsement({ mediaType, bytes }: Endorsement, now: Date): Description {
  const found = identify(bytes)
  if (found === undefined && mediaType === mediaTypes.certificate) return describeCertificate(bytes, now)
  if (found === undefined || found.what === 'cmw' || found.what === 'evidence') {
    return describe('unknown', `${mediaType}, ${bytes.length} bytes`)
  }
  return inspectKnown(bytes, found, now)
}

function describePem(bytes: Uint8Array, now: Date): Description {
  const blocks = parsePem(bytes)
  const parts = blocks.map((block) => attempt(block.label, () => describeBlock(block.label, block.bytes, now)))
  const [only, second] = parts
  if (only !== undefined && second === undefined) return only
  return describe('pem', `PEM with ${blocks.length} blocks`, { parts })
}

function describeBlock(label: string, der: Uint8Array, now: Date): Description {
  if (label === 'CERTIFICATE') return describeCertificate(der, now)
  if (label === 'X509 CRL') return describeCrl(der, now)
  return describe('unknown', `${label}, ${der.length} bytes, not shown`)
}

function describeTable(bytes: Uint8Array, now: Date): Description {
  const entries = parseSnpCertificateTable(bytes)
  const parts = entries.map(({ name, guid, bytes: content }) => {
    const title = name ?? guid
    const part = attempt(title, () => describeEndorsement({ mediaType: title, bytes: content }, now))
    return { ...part, title: `${title}: ${part.title}` }
  })
  return describe('snp-certificate-table', `SNP certificate table with ${entries.length} entries`, { parts })
}

/** A part that cannot be read does not hide the others. */
function attempt(title: string, work: () => Description): Description {
  try {
    return work()
  } catch (error) {
    if (!TresorError.is(error)) throw error
    return describe('malformed', title, { remarks: [{ tone: 'bad', text: `${error.code}: ${error.message}` }] })
  }
}

function allRemarks({ remarks, parts }: Description): Description['remarks'] {
  return [...remarks, ...parts.flatMap(allRemarks)]
}
