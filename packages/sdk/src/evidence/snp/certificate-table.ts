// The certificate table of an extended report request (GHCB specification 56421, SNP extended guest request): what the host
// chose to give. Hints, however well formed.
import { EvidenceError, isZero, Reader, toHex } from '../../core/index.js'

export type SnpCertificateName = 'VCEK' | 'VLEK' | 'ASK' | 'ARK'

/** GUIDs of the entries that hold certificates. An ASVK stands under the GUID of the ASK. */
export const snpCertificateGuids: Readonly<Record<SnpCertificateName, string>> = {
  VCEK: '63da758d-e664-4564-adc5-f4b93be8accd',
  VLEK: 'a8074bc2-a25a-483e-aae6-39c045a0b8a1',
  ASK: '4ab7b379-bbac-4fe4-a02f-05aef327c782',
  ARK: 'c0b406a4-a803-4952-9743-3fb6014cd0ae'
}

export interface SnpCertificateEntry {
  /** In the textual order of RFC 4122, lower case. */
  readonly guid: string
  /** Absent for entries that are no certificates. */
  readonly name?: SnpCertificateName
  /** DER or PEM: real tables hold either. */
  readonly bytes: Uint8Array
}

const headerBytes = 24
const maxTableBytes = 1 << 20
const maxEntries = 32

interface Header {
  readonly guid: string
  readonly offset: number
  readonly length: number
}

/**
 * The entries of a table in their order. No bytes, and a table that starts with the terminator, are an empty table; what
 * stands behind the last entry is padding.
 * @throws EvidenceError ERR_EVIDENCE_FORMAT for a missing terminator, entries outside the table, overlaps or repeated GUIDs
 */
export function parseSnpCertificateTable(bytes: Uint8Array): readonly SnpCertificateEntry[] {
  if (bytes.length > maxTableBytes) throw malformed(`expected at most ${maxTableBytes} bytes, found ${bytes.length}`)
  if (bytes.length === 0) return []
  const headers = readHeaders(new Reader(bytes, 'SNP certificate table'))
  requireApart(headers, bytes.length)
  return headers.map(({ guid, offset, length }) => entry(guid, bytes.slice(offset, offset + length)))
}

/** An entry with the name of its GUID. */
function entry(guid: string, bytes: Uint8Array): SnpCertificateEntry {
  const names = Object.keys(snpCertificateGuids) as SnpCertificateName[] // the keys of the literal above
  const name = names.find((candidate) => snpCertificateGuids[candidate] === guid)
  return name === undefined ? { guid, bytes } : { guid, name, bytes }
}

function readHeaders(reader: Reader): readonly Header[] {
  const headers: Header[] = []
  for (;;) {
    const guid = reader.bytes(16, 'guid')
    const offset = reader.u32le('offset')
    const length = reader.u32le('length')
    if (isZero(guid) && offset === 0 && length === 0) return headers
    if (headers.length === maxEntries) throw malformed(`expected at most ${maxEntries} entries`)
    headers.push({ guid: formatGuid(guid), offset, length })
  }
}

function requireApart(headers: readonly Header[], tableBytes: number): void {
  let end = (headers.length + 1) * headerBytes
  for (const { guid, offset, length } of headers.toSorted((a, b) => a.offset - b.offset || a.length - b.length)) {
    if (offset < end) throw malformed(`entry ${guid} at ${offset} overlaps what ends at ${end}`)
    end = offset + length
    if (end > tableBytes) throw malformed(`entry ${guid} ends at ${end}, outside ${tableBytes} bytes`)
  }
  const repeated = headers.find(({ guid }, i) => headers.findIndex((other) => other.guid === guid) !== i)
  if (repeated !== undefined) throw malformed(`entry ${repeated.guid} stands twice`)
}

function formatGuid(bytes: Uint8Array): string {
  return toHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function malformed(message: string): EvidenceError {
  return new EvidenceError('ERR_EVIDENCE_FORMAT', `SNP certificate table: ${message}`)
}
